/**
 * Goes on with erasures in the background, in every worker: brings into force
 * what an eraser announced that did not come to it, sweeps what is due, and
 * packs the list. Several workers may do so at once, because the state of an
 * erasure's sweeps is changed by only one of them, and sweeping twice removes
 * nothing twice. A round that fails is logged, and the next one begins anew.
 */
import {
  compactErasures,
  CoreError,
  enforceAnnounced,
  type ErasureEntry,
  type ErasureStore,
  sweepAllUntilResting,
} from "@trilane/write-through";
import { confirmedNowMs } from "../confirmed-now.ts";
import type { Platform } from "../platform.ts";
import { erasureKeepMs, type ErasingPlatform, sweepOptionsOf } from "./erase-subjects.ts";

export interface ErasureWorkerOptions {
  readonly platform: ErasingPlatform & Pick<Platform, "clock" | "metrics">;
  /** Removes what lies outside of the table, such as jobs and dead letters. Called when a subject's sweeps begin. */
  readonly eraseElsewhere?: (nowMs: number) => Promise<void>;
  /** Milliseconds between two rounds. Default 15 seconds. */
  readonly intervalMs?: number;
}

export interface ErasureRound {
  /** Erasures whose sweeps are not done. */
  readonly open: number;
  /** Those of them that should have been swept an hour ago. */
  readonly overdue: number;
}

const INTERVAL_MS_DEFAULT = 15_000;
const OVERDUE_MS = 3_600_000;
/** With fewer new erasures the list is not packed. */
const COMPACTED_MIN = 1_000;

export class ErasureWorker {
  readonly #options: ErasureWorkerOptions;
  readonly #closing = new AbortController();
  readonly #working: Promise<void>;

  constructor(options: ErasureWorkerOptions) {
    this.#options = options;
    this.#working = this.#work();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#working;
  }

  async #work(): Promise<void> {
    const { platform, intervalMs = INTERVAL_MS_DEFAULT } = this.#options;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await erasureRound(this.#options, signal);
      } catch (error) {
        if (signal.aborted) return;
        const code = error instanceof CoreError ? error.code : "ERROR";
        platform.logger.warn({ code, err: error }, "erasures did not go on; the next round begins anew");
      }
      await platform.clock.sleep(intervalMs, signal).catch(() => undefined);
    }
  }
}

/** One round. @throws CoreError of the store */
export async function erasureRound(
  { platform, eraseElsewhere }: ErasureWorkerOptions,
  signal?: AbortSignal,
): Promise<ErasureRound> {
  const { erasing, logger } = platform;
  if ((await enforceAnnounced(erasing)) === 0) return reportOpen(platform, { open: 0, overdue: 0 });
  const nowMs = confirmedNowMs(platform);
  const open = await openEntries(erasing.erasures);
  reportOpen(platform, roundOf(open, nowMs));
  const due = open.filter(({ sweep }) => sweep.dueMs <= nowMs);
  if (due.some(({ sweep }) => sweep.phase !== "resting")) await eraseElsewhere?.(nowMs);
  for (const { number, sweep } of await sweepAllUntilResting(due, erasing, sweepOptionsOf(platform, signal))) {
    logger.info({ number, phase: sweep.phase, sweeps: sweep.sweeps, removed: sweep.removed }, "swept an erasure");
  }
  await compactErasures(erasing.erasures, { nowMs, keepMs: erasureKeepMs(platform), erasuresMin: COMPACTED_MIN });
  return reportOpen(platform, await readOpenErasures(erasing.erasures, confirmedNowMs(platform)));
}

/** @throws CoreError of the store */
export async function readOpenErasures(erasures: OpenErasures, nowMs: number): Promise<ErasureRound> {
  return roundOf(await openEntries(erasures), nowMs);
}

type OpenErasures = Pick<ErasureStore, "openErasures" | "readEntries">;

function roundOf(open: readonly ErasureEntry[], nowMs: number): ErasureRound {
  return { open: open.length, overdue: open.filter(({ sweep }) => sweep.dueMs + OVERDUE_MS < nowMs).length };
}

async function openEntries(erasures: OpenErasures): Promise<readonly ErasureEntry[]> {
  const open: ErasureEntry[] = [];
  for await (const number of erasures.openErasures()) open.push(...(await erasures.readEntries(number - 1, number)));
  return open.filter(({ sweep }) => sweep.phase !== "done");
}

function reportOpen({ metrics }: Pick<Platform, "metrics">, round: ErasureRound): ErasureRound {
  metrics.gauge("trilane_erasures_open", "Erasures whose sweeps are not done").set(round.open);
  metrics
    .gauge("trilane_erasures_overdue", "Erasures that should have been swept an hour ago or earlier")
    .set(round.overdue);
  return round;
}
