/**
 * Searches the logs of the run's processes for words that must not be there: a
 * secret key, and the content of records.
 */
import { readFile } from "node:fs/promises";
import { localCredentials } from "@trilane/servers";
import type { EdgeOutcome } from "./edge-fault.ts";
import { EdgeRecords } from "./edge-records.ts";

const SHOWN_CHARACTERS = 120;

export async function scanLogs(files: readonly string[]): Promise<EdgeOutcome> {
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8").catch(() => "")));
  const lines = texts.flatMap((text) => text.split("\n"));
  const found = lines.flatMap((line) => foundIn(line));
  return { detail: `${lines.length} lines`, effects: lines.length, problems: found };
}

/** A sentence for each word that a line holds, without the word. */
export function foundIn(line: string): readonly string[] {
  const words = {
    "the secret key": localCredentials.secretAccessKey,
    "a payload": EdgeRecords.PAYLOAD_MARKER,
    "a person": EdgeRecords.OWNER,
  };
  return Object.entries(words)
    .filter(([, word]) => line.includes(word))
    .map(([name, word]) => `a log line holds ${name}: ${line.replaceAll(word, "…").slice(0, SHOWN_CHARACTERS)}`);
}
