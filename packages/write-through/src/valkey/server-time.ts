/**
 * The server's clock as this process estimates it. Scripts refuse to run after
 * a deadline by the server's own TIME, so the clocks of two machines need not
 * agree.
 */
import type { Redis } from "ioredis";
import type { Clock } from "../ports/clock.ts";

/** The clock is measured anew this often, because two clocks drift. */
const MEASURED_FOR_MS = 60_000;

export class ServerTime {
  readonly #client: Redis;
  readonly #clock: Clock;
  #measured: { readonly serverMs: number; readonly atMs: number } | null = null;
  #measuring: Promise<void> | null = null;

  constructor(client: Redis, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
    client.on("close", () => this.forget());
  }

  /** Milliseconds since 1970 by the server's clock, `budgetMs` from now. Rejects with the client's error. */
  async deadlineMs(budgetMs: number): Promise<number> {
    const nowMs = this.#clock.monotonicMs();
    let measured = this.#measured;
    if (measured === null || nowMs - measured.atMs > MEASURED_FOR_MS) {
      this.#measuring ??= this.#measure();
      await this.#measuring;
      measured = this.#measured;
    }
    if (measured === null) throw new Error("Connection is closed.");
    return Math.floor(measured.serverMs + (this.#clock.monotonicMs() - measured.atMs) + budgetMs);
  }

  /** To call when the connection may lead to another server, or when a deadline was wrong. */
  forget(): void {
    this.#measured = null;
  }

  async #measure(): Promise<void> {
    try {
      const [seconds, microseconds] = await this.#client.time();
      this.#measured = {
        serverMs: Number(seconds) * 1_000 + Number(microseconds) / 1_000,
        atMs: this.#clock.monotonicMs(),
      };
    } finally {
      this.#measuring = null;
    }
  }
}
