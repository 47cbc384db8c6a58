/**
 * Runs one approach under the load, in one condition: its processes on one
 * side, the servers behind proxies on the other. Ends with the checker's
 * verdict on the merged history.
 */
import { createReadStream, existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { cacheClientOptions } from "@trilane/write-through/valkey";
import { Redis } from "ioredis";
import { startTcpProxy } from "@trilane/verification/faults";
import { checkHistory } from "@trilane/verification/history";
import { mergeRecordings } from "@trilane/verification/history";
import { parseHistory } from "@trilane/verification/history";
import { causeFailovers } from "./cause-failovers.ts";
import { causeFaults } from "./cause-faults.ts";
import type { ComparisonServers } from "./comparison-servers.ts";
import type { Condition } from "./condition.ts";
import type { Approach } from "./approach.ts";
import { failoverSchedule } from "./failover-schedule.ts";
import { faultSchedule } from "./fault-schedule.ts";
import type { LinkedProcess } from "./linked-process.ts";
import { monotonicNs } from "./paced.ts";
import { TrafficChild } from "./traffic-child.ts";
import type { BeginMessage } from "./traffic-messages.ts";
import { PROCESSES, type Workload, WRITERS } from "./workload.ts";

export interface RunOptions extends Workload {
  readonly seconds: number;
  readonly condition: Condition;
  /** The file for the history if a read was wrong; without it the history is not kept. */
  readonly wrongHistory?: string;
}

export interface RunFigures {
  readonly approach: string;
  readonly condition: Condition;
  readonly reads: number;
  readonly wrongReads: number;
  readonly wrongPerMillion: number;
  /** The number of acknowledged writes. */
  readonly writes: number;
  /** The number of reads without an answer. */
  readonly failedReads: number;
  /** Null where servers are replaced, because their counts are lost with them. */
  readonly evictions: number | null;
  /** The number of chunks, connections and processes that faults affected, or of failovers that had an effect. */
  readonly fired: number;
}

const NS_PER_SECOND = 1e9;
const PER_MILLION = 1e6;
let runs = 0;

/** @throws Error when a replica does not catch up, or a process does not start. */
export async function runApproach(
  approach: Approach,
  servers: ComparisonServers,
  options: RunOptions,
): Promise<RunFigures> {
  runs += 1;
  const table = `compared-${runs}`;
  const hasReplica = options.condition === "failovers";
  const directory = await mkdtemp(join(tmpdir(), "trilane-comparison-"));
  const run = new Run(approach, options, directory);
  try {
    await servers.prepare(table, { hasReplica });
    await openOnce(approach, servers, table);
    const fired = await run.play(servers, table);
    const evictions = hasReplica ? null : await servers.cache.evictions();
    return { ...(await run.judge()), fired, evictions };
  } finally {
    await run.end();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Creates what an approach keeps beside the records, such as an epoch, before its processes start. */
async function openOnce(approach: Approach, { store, cache }: ComparisonServers, table: string): Promise<void> {
  const client = new Redis(cache.primary.url, cacheClientOptions());
  try {
    await client.connect();
    const opened = await approach.open({ store, cache: client, table, prefix: `${table}:` });
    await opened.close?.();
  } finally {
    client.disconnect();
  }
}

class Run {
  readonly #approach: Approach;
  readonly #options: RunOptions;
  readonly #directory: string;
  /** Writers, then readers. */
  readonly #processes: LinkedProcess[] = [];
  #failedReads = 0;

  constructor(approach: Approach, options: RunOptions, directory: string) {
    this.#approach = approach;
    this.#options = options;
    this.#directory = directory;
  }

  /** Returns how often a failure of this condition had an effect. */
  async play(servers: ComparisonServers, table: string): Promise<number> {
    for (let process = 0; process < PROCESSES; process += 1) await this.#create(process, servers, table);
    await Promise.all(this.#processes.map(({ child }) => child.start()));
    const startNs = monotonicNs();
    const begin = { startNs, endNs: startNs + this.#options.seconds * NS_PER_SECOND };
    for (const { child } of this.#processes) child.begin(begin);
    const fired = await this.#disturb(servers, begin);
    const counts = await Promise.all(this.#processes.map(({ child }) => child.counts()));
    this.#failedReads = counts.slice(WRITERS).reduce((sum, { failed }) => sum + failed, 0);
    return fired;
  }

  async judge(): Promise<Omit<RunFigures, "fired" | "evictions">> {
    const { condition, wrongHistory } = this.#options;
    const output = join(this.#directory, "history.ndjson");
    const merged = await mergeRecordings(
      // A process that ended before it did anything has no file.
      this.#processes.flatMap(({ child }) => child.files).filter((file) => existsSync(file)),
      output,
    );
    const { reads, wrongReads } = checkHistory(await parseHistory(createReadStream(output, { encoding: "utf8" })));
    if (wrongReads > 0 && wrongHistory !== undefined) {
      await mkdir(dirname(wrongHistory), { recursive: true });
      await copyFile(output, wrongHistory);
    }
    return {
      approach: this.#approach.name,
      condition,
      reads,
      wrongReads,
      wrongPerMillion: reads === 0 ? 0 : (wrongReads / reads) * PER_MILLION,
      writes: merged.receipts.applied,
      failedReads: this.#failedReads,
    };
  }

  /** Ends all processes and connections, whatever happened. */
  async end(): Promise<void> {
    await Promise.all(this.#processes.map(({ child }) => child.kill()));
    await Promise.all(this.#processes.flatMap(({ cache, store }) => [cache.close(), store.close()]));
  }

  async #create(process: number, servers: ComparisonServers, table: string): Promise<void> {
    const { seed, keys } = this.#options;
    const cache = await startTcpProxy({ name: "cache", upstreamPort: servers.cache.primary.port });
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

  async #disturb({ cache }: ComparisonServers, begin: BeginMessage): Promise<number> {
    const { condition, seed, seconds } = this.#options;
    if (condition === "calm") return 0;
    if (condition === "faults") return causeFaults(faultSchedule(seed, seconds), this.#processes, begin);
    return causeFailovers(failoverSchedule(seed, seconds), this.#processes, cache, begin.startNs);
  }
}
