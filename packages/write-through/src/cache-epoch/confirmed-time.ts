/**
 * The time of day of one process, as the store's server confirms it.
 *
 * Whether a record is expired, or too far in the future, must not depend on a
 * clock that somebody has set wrong. Each look at the cache epoch record brings
 * the server's time, and the monotonic clock continues it until the next look.
 * The process's own clock is used as long as it agrees with that. While it
 * differs by more than a bound there is no time of day: a caller that asks for
 * it fails and may try again, and no record is refused, dropped or answered as
 * expired.
 */
import { CoreError } from "../errors.ts";
import type { Clock, TimeOfDay } from "../ports/clock.ts";
import { CLOCK_RATE_MARGIN } from "../protocol/cache-epoch-rules.ts";

/** A server's statement about its time, and when this process heard it. */
interface Confirmation {
  /** When the server answered, its clock showed this time, or up to a second and the call's duration more. */
  readonly serverMs: number;
  readonly spanMs: number;
  /** The moment of the answer, by the monotonic clock. */
  readonly heardMs: number;
}

/** HTTP's Date header has whole seconds only. */
const DATE_STEP_MS = 1_000;
/** A longer call says too little about the server's time, because the process may have stood still meanwhile. */
const CALL_MS_MAX = 3_000;
/** A confirmation counts for so long. By then the store has been silent for twenty leases. */
const CONFIRMATION_MS_MAX = 60_000;

export class ConfirmedTime {
  readonly #clock: Pick<Clock, "nowMs" | "monotonicMs">;
  readonly #differenceMsMax: number;
  #latest: Confirmation | null = null;

  /** @param differenceMsMax milliseconds by which the process's own clock may be ahead of or behind the server's. */
  constructor(clock: Pick<Clock, "nowMs" | "monotonicMs">, differenceMsMax: number) {
    this.#clock = clock;
    this.#differenceMsMax = differenceMsMax;
  }

  /**
   * @param serverMs the time in the server's answer: milliseconds since 1970, cut to whole seconds; null where it has
   *   none
   * @param sentMs when the question was sent, by the monotonic clock
   */
  confirm(serverMs: number | null, sentMs: number): void {
    if (serverMs === null) return;
    const heardMs = this.#clock.monotonicMs();
    if (heardMs - sentMs > CALL_MS_MAX) return;
    this.#latest = { serverMs, spanMs: DATE_STEP_MS + heardMs - sentMs, heardMs };
  }

  read(): TimeOfDay {
    const latest = this.#latest;
    const agoMs = latest === null ? Number.POSITIVE_INFINITY : this.#clock.monotonicMs() - latest.heardMs;
    if (latest === null || agoMs > CONFIRMATION_MS_MAX) return unconfirmed(notHeard(latest === null));
    const earliestMs = latest.serverMs + agoMs * (1 - CLOCK_RATE_MARGIN);
    const latestMs = latest.serverMs + latest.spanMs + agoMs * (1 + CLOCK_RATE_MARGIN);
    const ownMs = this.#clock.nowMs();
    const nowMs = Math.min(Math.max(ownMs, Math.floor(earliestMs)), Math.ceil(latestMs));
    if (Math.abs(ownMs - nowMs) > this.#differenceMsMax) {
      return unconfirmed(differs(ownMs, nowMs, this.#differenceMsMax));
    }
    return { kind: "confirmed", nowMs };
  }
}

function unconfirmed(error: CoreError): TimeOfDay {
  return { kind: "unconfirmed", error };
}

function notHeard(isFirst: boolean): CoreError {
  const since = isFirst ? "has not told its time yet" : `has not told its time for ${CONFIRMATION_MS_MAX / 1_000} s`;
  return new CoreError(
    "CLOCK_UNCONFIRMED",
    `the store ${since} (the Date header of its answers): is it reachable, and does nothing remove the header?`,
  );
}

function differs(ownMs: number, serverMs: number, differenceMsMax: number): CoreError {
  const seconds = Math.round(Math.abs(ownMs - serverMs) / 1_000);
  const direction = ownMs > serverMs ? "ahead of" : "behind";
  return new CoreError(
    "CLOCK_UNCONFIRMED",
    `this machine's clock is ${seconds} s ${direction} the store's: it says ${isoOf(ownMs)}, the store ` +
      `${isoOf(serverMs)}, and ${differenceMsMax / 1_000} s are allowed; set it right, by NTP for example. ` +
      "Until then nothing is written, refused or answered by it",
    { fields: { differenceMs: ownMs - serverMs } },
  );
}

/** Works without `Date`, which the core may not use because it has no clock of its own. */
function isoOf(ms: number): string {
  return Number.isFinite(ms) ? TIME_FORMAT.format(ms) : String(ms);
}

const TIME_FORMAT = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "medium", timeZone: "UTC" });
