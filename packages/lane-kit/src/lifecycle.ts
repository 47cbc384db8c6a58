/**
 * Shutdown as a list of named phases, each with a time limit.
 *
 * Phases run in reverse order of registration: what was started last stops
 * first. A phase that fails or takes too long is logged, and the next one runs.
 * All phases together have a limit as well, which is shorter than the one of
 * orchestrators. A phase that is registered after the shutdown has begun runs
 * too, because a signal may come while the process still starts. A second
 * signal ends the process at once. A second signal that comes directly after
 * the first is the same event, which a process group and a parent that passes
 * signals on deliver several times.
 */
import { type Clock, messageOf } from "@trilane/write-through";
import type { Logger } from "pino";
import { EXIT } from "./exit-codes.ts";
import { isSettledWithin } from "./within.ts";

interface Phase {
  readonly name: string;
  readonly timeLimitMs: number;
  readonly run: () => Promise<void>;
}

/** Kubernetes kills after 30 seconds. */
const SHUTDOWN_MS_DEFAULT = 25_000;
/** The last phases have at least so much time, even when the others took everything. */
const PHASE_MS_MIN = 1_000;
const SAME_EVENT_MS = 1_000;
const SIGNALS = ["SIGINT", "SIGTERM"] as const;

export class Lifecycle {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #phases: Phase[] = [];
  readonly #controller = new AbortController();
  #stopping: Promise<void> | null = null;
  #deadlineMs = Number.POSITIVE_INFINITY;
  #exitCode = 0;
  #shutdownMs = SHUTDOWN_MS_DEFAULT;

  constructor(options: { logger: Logger; clock: Clock }) {
    this.#logger = options.logger;
    this.#clock = options.clock;
  }

  /** The time for all phases together, for a shutdown that has not begun. */
  limit(shutdownMs: number): void {
    this.#shutdownMs = shutdownMs;
  }

  /** Fires when shutdown begins. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** 0, or the code that {@link fail} was given. */
  get exitCode(): number {
    return this.#exitCode;
  }

  /** If the shutdown has already begun, the phase runs as soon as the phases before it are over. */
  onShutdown(phase: string, options: { timeLimitMs: number }, run: () => Promise<void>): void {
    this.#phases.push({ name: phase, timeLimitMs: options.timeLimitMs, run });
    if (this.#stopping !== null) this.#stopping = this.#stopping.then(() => this.#runPhases());
  }

  /**
   * Resolves when all phases that are registered by then are over; a later call runs the phases that have come since.
   */
  shutdown(reason: string): Promise<void> {
    this.#stopping ??= this.#stop(reason);
    return this.#stopping;
  }

  /** For an error after which the process cannot go on: logs it and shuts down with an exit code that is not 0. */
  fail(error: unknown, exitCode = 1): void {
    this.#exitCode = exitCode;
    this.#logger.error({ err: error }, `failed: ${messageOf(error)}`);
    void this.shutdown("failure");
  }

  /**
   * The first signal shuts down, the second forces the exit. An uncaught error shuts down as well: without a listener
   * the runtime would print it with all its properties.
   */
  listen(): void {
    let firstMs: number | null = null;
    const onSignal = (signal: NodeJS.Signals): void => {
      const nowMs = this.#clock.monotonicMs();
      if (firstMs !== null && nowMs - firstMs >= SAME_EVENT_MS) process.exit(EXIT.forced);
      firstMs ??= nowMs;
      void this.shutdown(signal);
    };
    for (const signal of SIGNALS) process.on(signal, onSignal);
    process.on("uncaughtException", (error) => this.fail(error));
  }

  async #stop(reason: string): Promise<void> {
    this.#logger.debug({ reason }, "shutting down");
    this.#deadlineMs = this.#clock.monotonicMs() + this.#shutdownMs;
    this.#controller.abort(new Error(`shutting down: ${reason}`));
    await this.#runPhases();
  }

  async #runPhases(): Promise<void> {
    for (let phase = this.#phases.pop(); phase !== undefined; phase = this.#phases.pop()) await this.#runPhase(phase);
  }

  async #runPhase({ name, timeLimitMs: ownLimitMs, run }: Phase): Promise<void> {
    const leftMs = Math.max(PHASE_MS_MIN, this.#deadlineMs - this.#clock.monotonicMs());
    const timeLimitMs = Math.min(ownLimitMs, leftMs);
    const done = run().catch((error: unknown) => {
      this.#logger.error({ phase: name, err: error }, "shutdown phase failed");
    });
    const isDone = await isSettledWithin(done, { clock: this.#clock, limitMs: timeLimitMs });
    if (!isDone) this.#logger.warn({ phase: name, timeLimitMs }, "shutdown phase took too long");
  }
}
