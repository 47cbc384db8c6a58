/**
 * The time of day of one process, as the store's server confirms it.
 *
 * Whether a record is expired, or too far ahead, must not depend on a clock
 * that somebody has set wrong. Each look at the cache epoch record brings the
 * server's time; the monotonic clock carries it on until the next. The
 * process's own clock counts as long as it agrees with that. While it differs
 * by more than a bound there is no time of day, and a caller that asks for one fails
 * and may try again: nothing is refused, dropped or answered as expired.
 */
import { CoreError } from "../errors.ts";
import type { Clock, TimeOfDay } from "../ports/clock.ts";
import { CLOCK_RATE_MARGIN } from "../protocol/cache-epoch-rules.ts";

/** What a server said of its time, and when this process heard it. */
interface Confirmation {
  /** The server's clock when it answered lies from here up to a second and the call's duration later. */
  readonly serverMs: number;
  readonly spanMs: number;
  /** By the monotonic clock. */
  readonly heardMs: number;
}

/** HTTP's Date header is cut to whole seconds. */
const DATE_STEP_MS = 1_000;
/** The answer to a call that took longer says too little: the process may have stood still meanwhile. */
const CALL_MS_MAX = 3_000;
/** A server's word counts for so long: the store has been silent for twenty leases by then. */
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
   * @param serverMs milliseconds since 1970, cut to whole seconds, as the server's answer says; null where it does not
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

/** Without `Date`, which a core without a clock does not have. */
function isoOf(ms: number): string {
  return Number.isFinite(ms) ? TIME_FORMAT.format(ms) : String(ms);
}

const TIME_FORMAT = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "medium", timeZone: "UTC" });
