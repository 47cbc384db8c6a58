/**
 * Erases persons by their names. The names become digests here, and go no
 * further: what is announced, logged and reported are digests. While the key of
 * digests changes, a person is erased under both digests.
 *
 * A crash leaves erasures that were announced and are not in force, which any
 * worker or `trilane erase resume` brings into force, and sweeps that any
 * worker goes on with.
 */
import { randomUUID } from "node:crypto";
import {
  ANNOUNCED_MAX,
  chunked,
  erase,
  type ErasureEntry,
  type ErasureRequest,
  PERMANENT_US,
  type SweepOptions,
} from "@trilane/write-through";
import { confirmedNowMs } from "../confirmed-now.ts";
import type { Platform } from "../platform.ts";

export type EraseMode =
  /** Records up to `untilMs`; null is the present, and as much later as the groups allow event times to be. */
  | { readonly kind: "until"; readonly untilMs: number | null }
  /** Every record that will ever come, until it is lifted. */
  | { readonly kind: "permanent" }
  /** Ends a permanent erasure: later records are accepted again. */
  | { readonly kind: "lift" };

export interface EraseSubjects {
  readonly subjects: readonly string[];
  readonly mode: EraseMode;
  /** Who asks for it. It stands in the list. */
  readonly by: string;
  /** Called after each announcement is in force, with how many of the subjects are done. */
  readonly onInForce?: (done: number) => void;
}

export type ErasingPlatform = Pick<Platform, "config" | "subjects" | "erasing" | "cacheEpoch" | "logger" | "settings">;

const US_PER_MS = 1_000;
/** The digests of one person while the key changes. They are announced together. */
const DIGESTS_MAX = 2;

/**
 * Resolves when all are in force: from then on no read anywhere gives what they cover. The sweeps are still to come.
 * @throws CoreError of the store; some of the subjects may be erased then, and the same call may be repeated
 */
export async function eraseSubjects(
  platform: ErasingPlatform,
  { subjects, mode, by, onInForce }: EraseSubjects,
): Promise<readonly ErasureEntry[]> {
  const atMs = confirmedNowMs(platform);
  const kind = mode.kind === "lift" ? "lift" : "erase";
  const untilUs = untilUsOf(platform, mode, atMs);
  const entries: ErasureEntry[] = [];
  let done = 0;
  for (const persons of chunked([...new Set(subjects)], Math.floor(ANNOUNCED_MAX / DIGESTS_MAX))) {
    const requests = persons.flatMap((person) =>
      platform.subjects
        .allDigestsOf(person)
        .map((subject): ErasureRequest => ({ subject, kind, untilUs, id: randomUUID(), by, atMs })),
    );
    entries.push(...(await erase(requests, platform.erasing)));
    onInForce?.((done += persons.length));
  }
  // From here on this process knows them as well.
  await platform.cacheEpoch.look();
  for (const { number, subject, kind } of entries) {
    platform.logger.warn({ number, subject, kind, by, mode: mode.kind }, "an erasure is in force");
  }
  return entries;
}

/** Microseconds since 1970. */
export function untilUsOf({ config }: Pick<ErasingPlatform, "config">, mode: EraseMode, nowMs: number): number {
  if (mode.kind === "permanent") return PERMANENT_US;
  if (mode.kind === "until" && mode.untilMs !== null) return mode.untilMs * US_PER_MS;
  // A lift keeps covered what there was before it, and accepts what comes from now on.
  if (mode.kind === "lift") return nowMs * US_PER_MS;
  const skewMs = Math.max(...Object.values(config.groups).map(({ maxFutureSkewMs }) => maxFutureSkewMs));
  return (nowMs + skewMs) * US_PER_MS;
}

export function sweepOptionsOf(
  { cacheEpoch, settings, config }: Pick<ErasingPlatform, "cacheEpoch" | "settings" | "config">,
  signal?: AbortSignal,
): SweepOptions {
  return {
    leaseMs: cacheEpoch.known?.terms.waitMs ?? 0,
    restMs: settings.erasureRestMs,
    replayHorizonMs: config.replayHorizonMs,
    signal,
  };
}

/** Milliseconds after the time of an erasure for which a record that it covers may still come. */
export function erasureKeepMs({ config }: Pick<ErasingPlatform, "config">): number {
  return Math.max(...Object.values(config.groups).map(({ ttlMs }) => ttlMs)) + config.replayHorizonMs;
}
