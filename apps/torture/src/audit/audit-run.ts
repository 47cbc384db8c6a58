/**
 * The audits of a run after its processes have ended: histories, receipts,
 * expiry, equality, erasures and what they left, pauses; and its picture.
 */
import { writeFile } from "node:fs/promises";
import { performance } from "node:perf_hooks";
import { encodeKey, groupOf, plainSubjectDigests } from "@trilane/feature-groups";
import type { History } from "@trilane/verification/history";
import type { ErasureEntry } from "@trilane/write-through";
import type { SeenCacheEpoch } from "../cache-epoch-watch.ts";
import type { ErasureLook } from "../erasure-watch.ts";
import type { FaultLog } from "../faults/fault-log.ts";
import { pickShownFault, timelineSvg } from "../timeline-svg.ts";
import { config, GROUP } from "../torture.config.ts";
import type { TortureOptions } from "../torture-options.ts";
import type { TortureProcesses } from "../torture-processes.ts";
import type { TortureReport } from "../torture-report.ts";
import type { TortureStage } from "../torture-stage.ts";
import { allIds } from "../workload/keys.ts";
import type { SentRecords } from "../workload/sent-records.ts";
import { auditEquality } from "./audit-equality.ts";
import { auditLeftovers, contradictionsOf, type ErasuresAudit } from "./audit-erasures.ts";
import { auditExpiry, type ExpiryAudit } from "./audit-expiry.ts";
import { type AuditedHistories, auditHistories } from "./audit-histories.ts";
import { auditPauses } from "./audit-pauses.ts";
import { auditReports } from "./audit-reports.ts";
import { auditReceipts, nameOfSent, nameOfSettled, ofErased } from "./audit-receipts.ts";
import { restErasures } from "./finish-erasures.ts";

const MS_PER_SECOND = 1_000;
const NS_PER_MS = 1e6;

export interface RunParts {
  readonly options: TortureOptions;
  readonly stage: TortureStage;
  readonly faults: FaultLog;
  readonly load: TortureReport["load"];
  /** Looks from outside while the processes ran. */
  readonly seen: { readonly cacheEpochs: readonly SeenCacheEpoch[]; readonly erasures: readonly ErasureLook[] };
  readonly startedMs: number;
}

/** Checks everything that the run has left. */
export async function auditRun(parts: RunParts): Promise<TortureReport> {
  const { options, stage, faults, load, seen, startedMs } = parts;
  const { processes, platform, cacheFaults, kafka, run, sent, servers } = stage;
  const { cacheEpochs } = seen;
  const entries = await restErasures(platform, run);
  const histories = await auditHistories({
    processes,
    file: options.history,
    entries,
    looks: seen.erasures,
    erasedAt: load.erasures.erasedAt,
  });
  const { merged, recorded, judged, verdict, violations, stream, originNs } = histories;
  if (options.timeline !== undefined) {
    await draw(options.timeline, { faults, history: recorded, originNs, cacheEpochs });
  }
  const { engine, version } = servers.servers.cache;
  const { reads, writes, unknown, receipts } = merged;
  const reached = new Set([...merged.reached].map(nameOfSettled));
  return {
    seed: options.seed,
    minutes: options.minutes,
    cache: [`${engine} ${version}`, ...lossText(options)].join(", "),
    cacheEpochs,
    pauses: auditPauses(recorded),
    load,
    history: { reads, writes, unknown, receipts, file: options.history, verdict },
    violations,
    faults: Object.fromEntries(faults.counts),
    edgeProblems: faults.problems,
    leftOut: stage.leftOut,
    ownEnds: endsByName(processes),
    readerOutcomes: outcomesOf(processes),
    receipts: await auditReceipts({
      history: merged,
      stream,
      sent: sent.all,
      lost: ofErased(load.jobs.erased, entries, (name) => platform.subjects.digestOf(name)),
      kafka,
      topic: run,
    }),
    reports: auditReports(processes.all),
    expiry: auditOwnLives(recorded, originNs, sent),
    equality: await auditEquality({
      platform,
      ids: allIds(),
      sentOf: (id) => sent.ofKey(id),
      isReached: (record) => reached.has(nameOfSent(record)),
      monitor: judged.monitor,
    }),
    evictedKeys: (await cacheFaults?.evicted()) ?? null,
    isFenceThere: (await cacheFaults?.isFenceThere()) ?? null,
    refused: (await servers.security?.refused(servers.servers)) ?? null,
    erasures: stage.erases ? await auditErasures(stage, entries, histories) : null,
    seconds: (performance.now() - startedMs) / MS_PER_SECOND,
  };
}

async function auditErasures(
  stage: TortureStage,
  entries: readonly ErasureEntry[],
  { judged, erasures, erasedAt }: AuditedHistories,
): Promise<ErasuresAudit> {
  const lifts = entries.filter(({ kind }) => kind === "lift").length;
  const { problems, ...leftovers } = await auditLeftovers(stage, entries);
  return {
    erasures: entries.length - lifts,
    lifts,
    resumed: entries.filter(({ number }) => !erasedAt.has(number)).length,
    removed: entries.reduce((sum, { sweep }) => sum + sweep.removed, 0),
    sweeps: entries.reduce((sum, { sweep }) => sum + sweep.sweeps, 0),
    hidden: judged.hidden,
    wrong: judged.wrong,
    ...leftovers,
    problems: [...contradictionsOf(erasures), ...problems],
  };
}

/** No clock of this process is moved, and the processes of the run share its monotonic clock. */
function auditOwnLives(history: History, originNs: number, sent: SentRecords): ExpiryAudit {
  const ends = new Map(
    sent.all.flatMap(({ id, atMs, lifeMs }) => (lifeMs === null ? [] : [[endName(keyOf(id), atMs), atMs + lifeMs]])),
  );
  const aheadMs = Date.now() - Number(process.hrtime.bigint()) / NS_PER_MS;
  return auditExpiry({ history, originNs, aheadMs, endOf: (key, atMs) => ends.get(endName(key, atMs)) });
}

function endName(key: string, atMs: number): string {
  return `${key} ${atMs}`;
}

function keyOf(id: string): string {
  return encodeKey(groupOf(config, GROUP), { id }, plainSubjectDigests);
}

function lossText({ cacheLoss, alone }: TortureOptions): readonly string[] {
  if (cacheLoss === undefined) return alone === undefined ? [] : [`${alone} and no other fault`];
  return [cacheLoss, "lost again and again", ...(alone === undefined ? [] : ["and nothing else"])];
}

async function draw(
  file: string,
  parts: {
    readonly faults: FaultLog;
    readonly history: History;
    readonly originNs: number;
    readonly cacheEpochs: readonly SeenCacheEpoch[];
  },
): Promise<void> {
  const { faults, history, originNs, cacheEpochs } = parts;
  const fault = pickShownFault(faults.caused, originNs);
  if (fault !== undefined) await writeFile(file, timelineSvg({ history, originNs, cacheEpochs, fault }));
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
