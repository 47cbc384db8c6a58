/** Watches the regime record from outside, for the report and the timeline. */
import { setTimeout as delay } from "node:timers/promises";
import type { RegimeStore } from "@trilane/write-through";

export interface SeenRegime {
  /** Nanoseconds of the clock of the histories. */
  readonly atNs: number;
  readonly epoch: number;
  readonly mode: string;
  readonly reason: string;
  readonly by: string;
}

const POLL_MS = 60;

/** Until the signal fires. What changed twice between two looks is seen once. */
export async function watchRegime(regimes: RegimeStore, signal: AbortSignal): Promise<readonly SeenRegime[]> {
  const seen: SeenRegime[] = [];
  while (!signal.aborted) {
    const record = await regimes.readRegime().then(
      (reading) => reading.record,
      () => null,
    );
    const last = seen.at(-1);
    if (record !== null && (last?.epoch !== record.epoch || last.mode !== record.mode)) {
      const { epoch, mode, reason, by } = record;
      seen.push({ atNs: Number(process.hrtime.bigint()), epoch, mode, reason, by });
    }
    await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
  return seen;
}
