/**
 * The audits of a run after its processes have ended: histories, receipts,
 * equality, pauses; and its picture.
 */
import { createReadStream, existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import {
  checkHistory,
  describeViolation,
  type History,
  mergeRecordings,
  parseHistory,
} from "@trilane/verification/history";
import type { FaultLog } from "../faults/fault-log.ts";
import type { SeenCacheEpoch } from "../cache-epoch-watch.ts";
import { pickShownFault, timelineSvg } from "../timeline-svg.ts";
import type { TortureOptions } from "../torture-options.ts";
import type { TortureProcesses } from "../torture-processes.ts";
import type { TortureReport } from "../torture-report.ts";
import type { TortureStage } from "../torture-stage.ts";
import { allIds } from "../workload/keys.ts";
import { auditEquality } from "./audit-equality.ts";
import { auditPauses } from "./audit-pauses.ts";
import { auditReceipts } from "./audit-receipts.ts";

const MS_PER_SECOND = 1_000;

/** Checks everything that the run has left. */
export async function auditRun(parts: {
  readonly options: TortureOptions;
  readonly stage: TortureStage;
  readonly faults: FaultLog;
  readonly load: TortureReport["load"];
  readonly cacheEpochs: readonly SeenCacheEpoch[];
  readonly startedMs: number;
}): Promise<TortureReport> {
  const { options, stage, faults, load, cacheEpochs, startedMs } = parts;
  const { processes, platform, cacheFaults, kafka, run, sent, servers } = stage;
  await mkdir(dirname(resolve(options.history)), { recursive: true });
  const recordings = processes.recordings.filter((file) => existsSync(file));
  const { settled, ...merged } = await mergeRecordings(recordings, options.history);
  const history = await parseHistory(createReadStream(options.history, { encoding: "utf8" }));
  const verdict = checkHistory(history);
  if (options.timeline !== undefined) await draw(options.timeline, { options, faults, history, cacheEpochs });
  const { engine, version } = servers.servers.cache;
  return {
    seed: options.seed,
    minutes: options.minutes,
    seconds: (performance.now() - startedMs) / MS_PER_SECOND,
    cache: [`${engine} ${version}`, ...lossText(options)].join(", "),
    cacheEpochs,
    pauses: auditPauses(history),
    load,
    history: { ...merged, file: options.history, verdict },
    violations: verdict.violations.map((violation) => describeViolation(history, violation)),
    faults: Object.fromEntries(faults.counts),
    edgeProblems: faults.problems,
    leftOut: stage.leftOut,
    ownEnds: endsByName(processes),
    readerOutcomes: outcomesOf(processes),
    receipts: await auditReceipts({ history: { ...merged, settled }, sent: sent.all, kafka, topic: run }),
    equality: await auditEquality(platform, allIds(), sent.newest),
    evictedKeys: (await cacheFaults?.evicted()) ?? null,
    isFenceThere: (await cacheFaults?.isFenceThere()) ?? null,
  };
}

function lossText({ cacheLoss, alone }: TortureOptions): readonly string[] {
  if (cacheLoss === undefined) return alone === undefined ? [] : [`${alone} and no other fault`];
  return [cacheLoss, "lost again and again", ...(alone === undefined ? [] : ["and nothing else"])];
}

/** The times of a history count from the invocation of its first operation. */
async function draw(
  file: string,
  parts: {
    readonly options: TortureOptions;
    readonly faults: FaultLog;
    readonly history: History;
    readonly cacheEpochs: readonly SeenCacheEpoch[];
  },
): Promise<void> {
  const { options, faults, history, cacheEpochs } = parts;
  const originNs = await originOf(options.history);
  const fault = pickShownFault(faults.caused, originNs);
  if (fault !== undefined) await writeFile(file, timelineSvg({ history, originNs, cacheEpochs, fault }));
}

async function originOf(file: string): Promise<number> {
  for await (const line of createInterface({ input: createReadStream(file) })) {
    return (JSON.parse(line) as { readonly invoke: number }).invoke;
  }
  return 0;
}

function endsByName({ all }: TortureProcesses): Readonly<Record<string, readonly number[]>> {
  const ends: Record<string, number[]> = {};
  for (const { name, ownEnds } of all) (ends[name] ??= []).push(...ownEnds);
  return ends;
}

/** The texts that the readers printed at their end, if they were not killed. */
function outcomesOf({ all }: TortureProcesses): Readonly<Record<string, number>> {
  const outcomes: Record<string, number> = {};
  for (const { name, outputs } of all) {
    if (!name.includes("reader")) continue;
    for (const line of outputs) {
      for (const [outcome, count] of Object.entries(JSON.parse(line) as Record<string, number>)) {
        outcomes[outcome] = (outcomes[outcome] ?? 0) + count;
      }
    }
  }
  return outcomes;
}
