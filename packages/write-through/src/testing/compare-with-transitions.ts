/**
 * Runs random command sequences on a cache and on the pure transitions alike,
 * and reports the first sequence in which they differ. Half of each sequence
 * runs in one epoch and half in the next, where the entries of the first count
 * as absent.
 */
import { isDeepStrictEqual } from "node:util";
import type { Cache, CacheEntry } from "../ports/cache.ts";
import type { Random } from "../ports/clock.ts";
import type { CacheParts } from "./cache-checks.ts";
import {
  type CacheOfEpoch,
  ModelKey,
  type Overwrite,
  runOnCache,
  type SampleCommand,
  sampleCommand,
} from "./cache-commands.ts";
import { seededRandom } from "./seeded-random.ts";

/** One cache is opened for {@link SEQUENCES_AT_ONCE} sequences. */
export interface CompareOptions<Opened extends Cache> extends CacheParts<Opened> {
  readonly sequences: number;
  readonly seed: number;
}

export interface CacheDifference {
  /** The number of the sequence, from 1. */
  readonly sequence: number;
  readonly commands: readonly SampleCommand[];
  /** The difference is in the last command's reply, or in the entry after it. */
  readonly differs: "reply" | "entry";
  readonly expected: unknown;
  readonly actual: unknown;
}

export const COMMANDS_PER_SEQUENCE = 24;
const SEQUENCES_AT_ONCE = 64;

interface SequenceRun {
  readonly sequence: number;
  readonly random: Random;
  readonly model: ModelKey;
  readonly commands: SampleCommand[];
}

/** Null where no sequence shows a difference. */
export async function compareWithTransitions<Opened extends Cache>(
  options: CompareOptions<Opened>,
): Promise<CacheDifference | null> {
  const { open, overwrite, sequences, seed } = options;
  for (let start = 0; start < sequences; start += SEQUENCES_AT_ONCE) {
    const runs = Array.from({ length: Math.min(SEQUENCES_AT_ONCE, sequences - start) }, (_, index) => ({
      sequence: start + index + 1,
      random: seededRandom(seed + start + index),
      model: new ModelKey(),
      commands: [],
    }));
    const cache = await open();
    const put: Overwrite = (key, bytes) => overwrite(cache, key, bytes);
    const difference = await compareSome(cache, put, runs);
    if (difference !== null) return difference;
  }
  return null;
}

async function compareSome(
  cache: Cache,
  overwrite: Overwrite,
  runs: readonly SequenceRun[],
): Promise<CacheDifference | null> {
  for (const epoch of [1, 2]) {
    const reply = await cache.begin(epoch);
    if (reply.kind === "failed") throw reply.error;
    const differences = await Promise.all(runs.map((run) => compareHalf({ cache, overwrite, epoch }, run)));
    const first = differences.find((difference) => difference !== null);
    if (first !== undefined) return first;
  }
  return null;
}

async function compareHalf(on: CacheOfEpoch, run: SequenceRun): Promise<CacheDifference | null> {
  const { cache, epoch } = on;
  const { sequence, random, model, commands } = run;
  const key = `sequence-${sequence}`;
  for (let step = 0; step < COMMANDS_PER_SEQUENCE / 2; step += 1) {
    const command = sampleCommand(random);
    commands.push(command);
    const expected = model.run(epoch, command);
    const actual = await runOnCache(on, key, command);
    if (!isDeepStrictEqual(actual, expected)) return { sequence, commands, differs: "reply", expected, actual };
    const entry = await entryOf(cache, epoch, key);
    const view = model.view(epoch);
    if (!isDeepStrictEqual(entry, view)) {
      return { sequence, commands, differs: "entry", expected: view, actual: entry };
    }
  }
  return null;
}

/** The entry as a reader of `epoch` sees it, or the error of the get. */
async function entryOf(cache: Cache, epoch: number, key: string): Promise<CacheEntry | Error | undefined> {
  const [reply] = await cache.get(epoch, [key]);
  return reply?.kind === "got" ? reply.entry : reply?.error;
}
