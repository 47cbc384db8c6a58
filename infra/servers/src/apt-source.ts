/**
 * Reads the Debian mirror of this machine from its apt sources (both formats),
 * as one stanza that names the release and its backports. Only the suites are
 * changed: mirror, components and signing key are the machine's.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { ServersError } from "./errors.ts";

export interface AptSource {
  /** The stanza, in deb822 format. */
  readonly stanza: string;
}

/**
 * @param etc the folder with `os-release` and `apt/`; tests use another one
 * @throws ServersError `fetch-failed` where this is no Debian with a mirror
 */
export async function readAptSource(etc = "/etc"): Promise<AptSource> {
  const codename = /^VERSION_CODENAME="?(\w+)"?$/m.exec(await readOrEmpty(join(etc, "os-release")))?.[1];
  if (codename === undefined) throw new ServersError("fetch-failed", "this is no Debian release");
  for (const fields of await readStanzas(join(etc, "apt"))) {
    const lists = (name: string, word: string): boolean => (fields.get(name) ?? "").split(/\s+/).includes(word);
    if (!lists("types", "deb") || !lists("suites", codename) || fields.get("enabled") === "no") continue;
    return { stanza: writeStanza(fields, `${codename} ${codename}-backports`) };
  }
  throw new ServersError("fetch-failed", `no apt source of this machine lists ${codename}`);
}

type Stanza = ReadonlyMap<string, string>;

async function readStanzas(directory: string): Promise<readonly Stanza[]> {
  const parts = join(directory, "sources.list.d");
  const names = (await readdir(parts).catch((): string[] => [])).toSorted();
  const files = [join(directory, "sources.list"), ...names.map((name) => join(parts, name))];
  const stanzas: Stanza[] = [];
  for (const file of files) {
    const text = await readOrEmpty(file);
    if (file.endsWith(".list")) stanzas.push(...parseLines(text));
    if (file.endsWith(".sources")) stanzas.push(...parseDeb822(text));
  }
  return stanzas;
}

function parseDeb822(text: string): readonly Stanza[] {
  const withoutComments = text.replaceAll(/^#.*\n?/gm, "");
  return withoutComments.split(/\n\s*\n/).map((paragraph) => {
    const fields = [...paragraph.matchAll(/^([\w-]+):[ \t]*(.*(?:\n[ \t].*)*)/gm)];
    return new Map(fields.map(([, name = "", value = ""]) => [name.toLowerCase(), value.trim()]));
  });
}

/** `deb [signed-by=/key arch=amd64] uri suite component...` */
function parseLines(text: string): readonly Stanza[] {
  return [...text.matchAll(/^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#\n]+)/gm)].map(
    ([, options = "", uri = "", suite = "", components = ""]) => {
      const key = /signed-by=(\S+)/i.exec(options)?.[1];
      const fields = { types: "deb", uris: uri, suites: suite, components: components.trim() };
      return new Map(Object.entries(key === undefined ? fields : { ...fields, "signed-by": key }));
    },
  );
}

function writeStanza(fields: Stanza, suites: string): string {
  const lines = [
    "Types: deb",
    `URIs: ${fields.get("uris") ?? ""}`,
    `Suites: ${suites}`,
    `Components: ${fields.get("components") ?? "main"}`,
  ];
  const key = fields.get("signed-by");
  return `${[...lines, ...(key === undefined ? [] : [`Signed-By: ${key}`])].join("\n")}\n`;
}

async function readOrEmpty(path: string): Promise<string> {
  return await readFile(path, "utf8").catch(() => "");
}
