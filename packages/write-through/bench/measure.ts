/** One measured run: its rate, the client's CPU, and counts of calls and capacity. */
import { performance } from "node:perf_hooks";
import type { Servers } from "./open-servers.ts";

export interface Figures {
  readonly name: string;
  readonly load: string;
  readonly perSecond: number;
  /** Microseconds of this process's CPU, user and system, per item. */
  readonly cpuUs: number;
  readonly storeCalls: number;
  readonly cacheCalls: number;
  /** Consumed capacity units, per item. */
  readonly capacity: number;
}

export interface Measured {
  run(round: number): Promise<Figures>;
}

export interface Work {
  readonly name: string;
  readonly load: string;
  readonly items: number;
  readonly servers: Servers;
  /** Prepares a round; this is not measured. */
  prepare?(round: number): Promise<void>;
  work(round: number): Promise<void>;
}

const MS_PER_SECOND = 1_000;

export function measured({ name, load, items, servers, prepare, work }: Work): Measured {
  return {
    async run(round) {
      await prepare?.(round);
      servers.counts.reset();
      const cacheBefore = servers.cacheCalls();
      const cpuBefore = process.cpuUsage();
      const startedMs = performance.now();
      await work(round);
      const elapsedMs = performance.now() - startedMs;
      const cpu = process.cpuUsage(cpuBefore);
      const { storeCalls, capacity } = servers.counts.read();
      return {
        name,
        load,
        perSecond: items / (elapsedMs / MS_PER_SECOND),
        cpuUs: (cpu.user + cpu.system) / items,
        storeCalls: storeCalls / items,
        cacheCalls: (servers.cacheCalls() - cacheBefore) / items,
        capacity: capacity / items,
      };
    },
  };
}

/** Takes the median of each figure by itself. */
export function median(rounds: readonly Figures[]): Figures {
  const [first] = rounds;
  if (first === undefined) throw new RangeError("no rounds were counted: give --rounds 1 or more");
  const middle = (figure: (of: Figures) => number): number => {
    const sorted = rounds.map(figure).toSorted((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  };
  return {
    ...first,
    perSecond: middle((of) => of.perSecond),
    cpuUs: middle((of) => of.cpuUs),
    storeCalls: middle((of) => of.storeCalls),
    cacheCalls: middle((of) => of.cacheCalls),
    capacity: middle((of) => of.capacity),
  };
}
