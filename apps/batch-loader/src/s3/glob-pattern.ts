/**
 * Patterns of names below a prefix: `*` is anything within a segment, `**` anything at all, `?` one character
 * of a segment. A pattern without `/` is about the last segment, at any depth; one with `/` about the whole.
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
