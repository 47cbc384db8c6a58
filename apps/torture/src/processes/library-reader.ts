/**
 * Reads as a service with the library does: single reads that share round
 * trips, and reads of many keys, again and again until SIGTERM. Prints the
 * number of reads and of failures.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Platform } from "@trilane/lane-kit";
import type { Random } from "@trilane/write-through";
import { seededRandom } from "@trilane/write-through/testing";
import { GROUP } from "../torture.config.ts";
import { pickReadIds } from "../workload/keys.ts";
import { runRecorded } from "./recorded-process.ts";

const LOOPS = 4;
const PAUSE_MS = 12;
const SINGLE_READS = 4;
const MANY_MAX = 24;

const [seed = "1"] = process.argv.slice(2);

await runRecorded("library-reader", async ({ platform, lifecycle }) => {
  const counts = new Map<string, number>();
  const random = seededRandom(Number(seed));
  await Promise.all(Array.from({ length: LOOPS }, () => readUntil(lifecycle.signal, { platform, random, counts })));
  process.stdout.write(`${JSON.stringify(Object.fromEntries(counts))}\n`);
});

interface Reading {
  readonly platform: Platform;
  readonly random: Random;
  /** By outcome: "found", "absent", or the code of a failure. */
  readonly counts: Map<string, number>;
}

async function readUntil(signal: AbortSignal, { platform, random, counts }: Reading): Promise<void> {
  const count = (outcome: string): void => {
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  };
  while (!signal.aborted) {
    const isMany = random() < 0.5;
    if (isMany) {
      const ids = pickReadIds(random, 1 + Math.floor(random() * MANY_MAX));
      const results = await platform.reader.getMany(ids.map((id) => ({ group: GROUP, key: { id } })));
      for (const result of results) count("error" in result ? result.error.code : result.kind);
    } else {
      await Promise.all(
        pickReadIds(random, SINGLE_READS).map((id) =>
          platform.reader.get(GROUP, { id }).then(
            (record) => count(record === null ? "absent" : "found"),
            (error: { readonly code?: string }) => count(error.code ?? "unknown"),
          ),
        ),
      );
    }
    await delay(PAUSE_MS * random());
  }
}
