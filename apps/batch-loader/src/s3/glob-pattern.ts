/**
 * Patterns of names below a prefix: `*` is anything within a segment, `**`
 * anything at all, `?` one character of a segment. A pattern without `/`
 * applies to the last segment, at any depth; a pattern with `/` applies to the
 * whole name.
 */

const SPECIAL = /[\\^$.+()[\]{}|/]/g;
const TOKEN = /\*\*\/?|\*|\?|[^*?]+/gu;

export function globPattern(glob: string): RegExp {
  const source = (glob.match(TOKEN) ?? []).map(sourceOf).join("");
  const start = glob.includes("/") ? "^" : "(?:^|/)";
  return new RegExp(`${start}${source}$`, "su");
}

function sourceOf(token: string): string {
  switch (token) {
    case "**/":
      return "(?:[^/]*/)*";
    case "**":
      return ".*";
    case "*":
      return "[^/]*";
    case "?":
      return "[^/]";
    default:
      return token.replace(SPECIAL, "\\$&");
  }
}
