/**
 * Compares what was fetched with the digests that are kept in the repository (`native/digests.txt`, as `sha256sum`
 * writes them). Maven only warns of a wrong checksum, and takes the checksum from where it takes the file.
 *
 * After a change of `pom.xml` the list is made anew: `sha256sum lib/* bin/* | sort -k2` in the fetched folder.
 */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { ServersError } from "./errors.ts";

/** By path. */
export type Digests = ReadonlyMap<string, string>;

const LINE = /^([0-9a-f]{64}) {2}(\S+)$/;
const SHOWN_MAX = 5;

/** @throws ServersError `fetch-failed` for a line that is no digest */
export function parseDigests(text: string): Digests {
  const lines = text.split("\n").filter((line) => line !== "");
  return new Map(
    lines.map((line) => {
      const [, digest, path] = LINE.exec(line) ?? [];
      if (digest === undefined || path === undefined) throw failed(`"${line}" is no line of sha256sum`);
      return [path, digest];
    }),
  );
}

/**
 * All files of `folders`, below `directory`.
 * @throws ServersError `fetch-failed` naming the files that are other ones, or that nobody expects
 */
export async function checkDigests(directory: string, folders: readonly string[], expected: Digests): Promise<void> {
  const wrong: string[] = [];
  for (const folder of folders) {
    for (const name of await readdir(join(directory, folder))) {
      const path = `${folder}/${name}`;
      if ((await digestOf(join(directory, path))) !== expected.get(path)) wrong.push(path);
    }
  }
  if (wrong.length === 0) return;
  const shown = wrong.slice(0, SHOWN_MAX).join(", ");
  const more = wrong.length > SHOWN_MAX ? ` and ${wrong.length - SHOWN_MAX} more` : "";
  throw failed(
    `${shown}${more} are not the files of native/digests.txt. Remove them from ~/.m2 and start again; if they are wrong again, do not run them`,
  );
}

async function digestOf(file: string): Promise<string> {
  return createHash("sha256")
    .update(await readFile(file))
    .digest("hex");
}

function failed(message: string): ServersError {
  return new ServersError("fetch-failed", message);
}
