/** The logs, outputs and reports of the processes of a run, as texts for the scan of markers. */
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ScanPlace } from "./marker-scan.ts";

/**
 * Every file of the directory with this ending, line by line. What a process prints is in its log as well.
 */
export function filesPlace(name: string, directory: string, ending: string): ScanPlace {
  return {
    name,
    mayHold: "nothing",
    async *read() {
      for (const file of await readdir(directory)) {
        if (!file.endsWith(ending)) continue;
        const text = await readFile(join(directory, file), "latin1");
        let line = 0;
        for (const each of text.split("\n")) yield { name: `${file}, line ${(line += 1)}`, text: each };
      }
    },
    async plant(text) {
      const file = join(directory, `planted${ending}`);
      await writeFile(file, `${text}\n`);
      return () => rm(file);
    },
  };
}
