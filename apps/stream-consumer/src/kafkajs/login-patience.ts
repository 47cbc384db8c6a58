/**
 * How long a lane that was logged in tries a login that is refused. While a
 * password is renewed, the brokers and the file have different ones for a
 * moment: the user of SCRAM has only one.
 */
import type { Clock } from "@trilane/write-through";
import { isLoginRefused } from "./refusal.ts";

const REFUSED_MS_MAX = 120_000;
const PAUSE_MS = 1_000;

export class LoginPatience {
  readonly #clock: Pick<Clock, "monotonicMs" | "sleep">;
  #refusedSinceMs: number | null = null;

  constructor(clock: Pick<Clock, "monotonicMs" | "sleep">) {
    this.#clock = clock;
  }

  /** False for errors of other kinds, and where the login has been refused for too long. */
  allows(error: unknown): boolean {
    if (!isLoginRefused(error)) return false;
    const nowMs = this.#clock.monotonicMs();
    this.#refusedSinceMs ??= nowMs;
    return nowMs - this.#refusedSinceMs < REFUSED_MS_MAX;
  }

  pause(): Promise<void> {
    return this.#clock.sleep(PAUSE_MS);
  }

  /** A login was taken. */
  reset(): void {
    this.#refusedSinceMs = null;
  }
}
