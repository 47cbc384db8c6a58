/**
 * Treats a cluster as silent when one part of it has been silent for long.
 *
 * All buckets have one cache epoch, and the cache is switched off when it gives
 * no answer for a while. Without this rule the answers of the living parts
 * would count as the cache's, and the keys of a dead part could not be written
 * for as long as it is dead. So every call comes back as unanswered, which may
 * happen to a command at any time, until the part answers or the cache is off.
 *
 * Silent buckets are asked again beside other calls, so the state ends with the
 * silence even if nobody needs their keys.
 */
import type { Bucket } from "./cache-routing.ts";

interface Silence {
  readonly sinceMs: number;
  latestMs: number;
  askedAtMs: number;
}

/** Milliseconds between two questions to a silent bucket. */
const ASK_AGAIN_MS = 200;

export class SilentBuckets<Of extends Bucket> {
  readonly #silences = new Map<Of, Silence>();
  readonly #silentMsMax: number;

  /** @param silentMsMax milliseconds of silence of one bucket after which all buckets count as silent */
  constructor(silentMsMax: number) {
    this.#silentMsMax = silentMsMax;
  }

  note(bucket: Of, isSilent: boolean, nowMs: number): void {
    const met = this.#silences.get(bucket);
    if (!isSilent) this.#silences.delete(bucket);
    else if (met !== undefined && this.#isRecent(met, nowMs)) met.latestMs = nowMs;
    else this.#silences.set(bucket, { sinceMs: nowMs, latestMs: nowMs, askedAtMs: nowMs });
  }

  isAnyLong(nowMs: number): boolean {
    for (const silence of this.#silences.values()) {
      if (this.#isRecent(silence, nowMs) && nowMs - silence.sinceMs >= this.#silentMsMax) return true;
    }
    return false;
  }

  /** The silent buckets that must be asked again now. */
  takeDue(nowMs: number): readonly Of[] {
    const due = [...this.#silences].filter(([, { askedAtMs }]) => nowMs - askedAtMs >= ASK_AGAIN_MS);
    for (const [, silence] of due) silence.askedAtMs = nowMs;
    return due.map(([bucket]) => bucket);
  }

  /** False where the last unanswered call is so old that it says nothing about the present. */
  #isRecent({ latestMs }: Silence, nowMs: number): boolean {
    return nowMs - latestMs <= 2 * this.#silentMsMax + ASK_AGAIN_MS;
  }
}
