/**
 * One approach under the load, with or without the faults: its processes on
 * one side, the servers behind proxies on the other. Ends with what the
 * checker says of the merged history.
 */
import { createReadStream, existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startTcpProxy, type TcpProxy } from "../faults/index.ts";
import { checkHistory } from "../history/check-history.ts";
import { mergeRecordings } from "../history/merge-recordings.ts";
import { parseHistory } from "../history/parse-history.ts";
import type { ComparisonServers } from "./comparison-servers.ts";
import type { Approach } from "./contestant.ts";
import { type ComparisonFault, faultSchedule } from "./fault-schedule.ts";
import { monotonicNs } from "./paced.ts";
import { TrafficChild } from "./traffic-child.ts";
import type { BeginMessage } from "./traffic-messages.ts";
import { PROCESSES, type Workload, WRITERS } from "./workload.ts";

export interface RunOptions extends Workload {
  readonly seconds: number;
  readonly hasFaults: boolean;
}

export interface RunFigures {
  readonly approach: string;
  readonly hasFaults: boolean;
  readonly reads: number;
  readonly wrongReads: number;
  readonly wrongPerMillion: number;
  /** Acknowledged. */
  readonly writes: number;
  /** Reads without an answer. */
  readonly failedReads: number;
  readonly evictions: number;
  /** Chunks, connections and processes that faults affected. */
  readonly fired: number;
}

const NS_PER_SECOND = 1e9;
const PER_MILLION = 1e6;
let runs = 0;

export async function runApproach(
  approach: Approach,
  servers: ComparisonServers,
  options: RunOptions,
): Promise<RunFigures> {
  runs += 1;
  const table = `compared-${runs}`;
  const directory = await mkdtemp(join(tmpdir(), "trilane-comparison-"));
  const run = new Run(approach, options, directory);
  try {
    await servers.prepare(table);
    // What an approach keeps beside the records, such as an epoch, is made before its processes start.
    const first = await approach.open({ store: servers.store, cache: servers.cache, table, prefix: `${table}:` });
    await first.close?.();
    const fired = await run.play(servers, table);
    return { ...(await run.judge()), fired, evictions: await servers.evictions() };
  } finally {
    await run.end();
    await rm(directory, { recursive: true, force: true });
  }
}

class Run {
  readonly #approach: Approach;
  readonly #options: RunOptions;
  readonly #directory: string;
  /** Writers, then readers. */
  readonly #processes: LinkedProcess[] = [];
  #fired = 0;
  #failedReads = 0;

  constructor(approach: Approach, options: RunOptions, directory: string) {
    this.#approach = approach;
    this.#options = options;
    this.#directory = directory;
  }

  /** Returns how often faults had an effect. */
  async play(servers: ComparisonServers, table: string): Promise<number> {
    const { seconds, seed, hasFaults } = this.#options;
    for (let process = 0; process < PROCESSES; process += 1) await this.#create(process, servers, table);
    await Promise.all(this.#processes.map(({ child }) => child.start()));
    const startNs = monotonicNs();
    const begin = { startNs, endNs: startNs + seconds * NS_PER_SECOND };
    for (const { child } of this.#processes) child.begin(begin);
    for (const { atMs, forMs, what } of hasFaults ? faultSchedule(seed, seconds) : []) {
      await sleep(Math.max(0, atMs - (monotonicNs() - startNs) / PER_MILLION));
      await this.#cause(what, forMs, begin);
    }
    const counts = await Promise.all(this.#processes.map(({ child }) => child.counts()));
    this.#failedReads = counts.slice(WRITERS).reduce((sum, { failed }) => sum + failed, 0);
    const onLinks = this.#processes.flatMap(({ cache, store }) =>
      [cache, store].flatMap(({ fired }) => Object.values(fired)),
    );
    return onLinks.reduce((sum, count) => sum + count, this.#fired);
  }

  async judge(): Promise<Omit<RunFigures, "fired" | "evictions">> {
    const output = join(this.#directory, "history.ndjson");
    const merged = await mergeRecordings(
      // A life that ended before it did anything has no file.
      this.#processes.flatMap(({ child }) => child.files).filter((file) => existsSync(file)),
      output,
    );
    const { reads, wrongReads } = checkHistory(await parseHistory(createReadStream(output, { encoding: "utf8" })));
    return {
      approach: this.#approach.name,
      hasFaults: this.#options.hasFaults,
      reads,
      wrongReads,
      wrongPerMillion: reads === 0 ? 0 : (wrongReads / reads) * PER_MILLION,
      writes: merged.receipts.applied,
      failedReads: this.#failedReads,
    };
  }

  /** Whatever happened, no process and no connection stays. */
  async end(): Promise<void> {
    await Promise.all(this.#processes.map(({ child }) => child.kill()));
    await Promise.all(this.#processes.flatMap(({ cache, store }) => [cache.close(), store.close()]));
  }

  /** A process has links of its own, so that a fault can meet it alone. */
  async #create(process: number, servers: ComparisonServers, table: string): Promise<void> {
    const { seed, keys } = this.#options;
    const cache = await startTcpProxy({ name: "cache", upstreamPort: servers.cachePort });
    const store = await startTcpProxy({ name: "store", upstreamPort: servers.storePort });
    const setting = {
      approach: this.#approach.name,
      ...(process < WRITERS
        ? ({ role: "writer", index: process } as const)
        : ({ role: "reader", index: process - WRITERS } as const)),
      process,
      table,
      prefix: `${table}:`,
      cachePort: cache.port,
      storePort: store.port,
      seed,
      keys,
    };
    this.#processes.push({ child: new TrafficChild(setting, this.#directory), cache, store });
  }

  async #cause(what: ComparisonFault, forMs: number, begin: BeginMessage): Promise<void> {
    const met = this.#processes.filter((_, process) => what.process === "all" || what.process === process);
    if (what.kind === "link") {
      for (const process of met) process[what.link].apply(what.fault);
      await sleep(forMs);
      for (const process of met) process[what.link].apply(null);
      return;
    }
    for (const { child } of met) {
      this.#fired += 1;
      if (what.kind === "kill") {
        await child.kill();
        await child.start();
        child.begin(begin);
      } else {
        child.signal("SIGSTOP");
        await sleep(forMs);
        child.signal("SIGCONT");
      }
    }
  }
}

interface LinkedProcess {
  readonly child: TrafficChild;
  readonly cache: TcpProxy;
  readonly store: TcpProxy;
}
