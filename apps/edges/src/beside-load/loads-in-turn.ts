/** The batch lane's program, which loads one object after the other until it is stopped. */
import { setTimeout as sleep } from "node:timers/promises";
import { type CountedLane, startCounted } from "../cost/counted-lane.ts";
import { BATCH_LANE, type RunningLane } from "../lanes/lane-program.ts";

export interface LoadSource {
  readonly group: string;
  readonly address: string;
}

export interface LoadsInTurn {
  /** Again from the first after the last. */
  readonly sources: readonly LoadSource[];
  /** Whether to wait until the first load has begun to write. */
  readonly waitsForWrites: boolean;
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
}

export interface Loads {
  /** Rejects when a load does not end with code 0. */
  readonly failed: Promise<never>;
  /** Records that all loads so far wrote, with the few writes of their checkpoints. */
  written(): Promise<number>;
  /** The load that runs now. */
  current(): RunningLane;
  /** The number of loads that have ended. */
  done(): number;
  /** Kills the load that runs. */
  stop(): Promise<void>;
}

const LOOK_MS = 50;
/** More than a load needs before its first record. */
const WRITES_OF_BEGIN = 50;
const STDERR_CHARACTERS_MAX = 1_000;

export async function startLoads(options: LoadsInTurn): Promise<Loads> {
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => undefined);
  let [isStopping, ofEnded, ofCurrent, done] = [false, 0, 0, 0];
  let current = await startNext(options, done);
  const written = async (): Promise<number> => {
    // A load that listens has its counter as well. Receipts come only with a whole slice, so they are too coarse.
    if ((await current.running.metrics()) !== null) {
      const { writeUnits } = await current.costs().catch(() => ({ writeUnits: ofCurrent }));
      ofCurrent = writeUnits;
    }
    return ofEnded + ofCurrent;
  };
  const run = async (): Promise<void> => {
    for (;;) {
      const { exitCode, stdout, stderr } = await current.running.ended;
      if (isStopping) return;
      if (exitCode !== 0) {
        throw new Error(`a load ended with code ${exitCode}: ${stderr.slice(-STDERR_CHARACTERS_MAX)}`);
      }
      [ofEnded, ofCurrent, done] = [ofEnded + appliedOf(stdout), 0, done + 1];
      current = await startNext(options, done);
      if (isStopping) current.running.signal("SIGKILL");
    }
  };
  const ended = run().catch((error: unknown) => failure.reject(error));
  if (options.waitsForWrites) await Promise.race([failure.promise, begun(written)]);
  return {
    failed: failure.promise,
    written,
    done: () => done,
    current: () => current.running,
    async stop() {
      isStopping = true;
      current.running.signal("SIGKILL");
      await ended;
    },
  };
}

async function startNext({ sources, environment, directory }: LoadsInTurn, number: number): Promise<CountedLane> {
  const source = sources[number % sources.length];
  if (source === undefined) throw new RangeError("there is nothing to load");
  const args = ["--group", source.group, "--json", "--load-id", `in-turn-${number}`, source.address];
  return await startCounted({ main: BATCH_LANE, args, environment, directory });
}

async function begun(written: () => Promise<number>): Promise<void> {
  while ((await written()) < WRITES_OF_BEGIN) await sleep(LOOK_MS);
}

function appliedOf(report: string): number {
  return (JSON.parse(report) as { readonly receipts: { readonly applied: number } }).receipts.applied;
}
