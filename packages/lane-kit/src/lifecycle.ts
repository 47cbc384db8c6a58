/**
 * Shutdown as a list of named phases, each with a time limit.
 *
 * Phases run in reverse order of registration: what was started last stops
 * first. A phase that fails or takes too long is logged and the next one runs.
 * A second signal ends the process at once.
 */
import type { Clock } from "@trilane/write-through";
import type { Logger } from "pino";

interface Phase {
  readonly name: string;
  readonly timeLimitMs: number;
  readonly run: () => Promise<void>;
}

const FORCED_EXIT_CODE = 130;
const SIGNALS = ["SIGINT", "SIGTERM"] as const;

export class Lifecycle {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #phases: Phase[] = [];
  readonly #controller = new AbortController();
  #stopping: Promise<void> | null = null;
  #exitCode = 0;

  constructor(options: { logger: Logger; clock: Clock }) {
    this.#logger = options.logger;
    this.#clock = options.clock;
  }

  /** Fires when shutdown begins. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** 0, or what {@link fail} was given. */
  get exitCode(): number {
    return this.#exitCode;
  }

  onShutdown(phase: string, options: { timeLimitMs: number }, run: () => Promise<void>): void {
    this.#phases.push({ name: phase, timeLimitMs: options.timeLimitMs, run });
  }

  /** Resolves when all phases are over; later calls share the first one's outcome. */
  shutdown(reason: string): Promise<void> {
    this.#stopping ??= this.#stop(reason);
    return this.#stopping;
  }

  /** Something that the process cannot go on from: logs it and shuts down with an exit code that is not 0. */
  fail(error: unknown, exitCode = 1): void {
    this.#exitCode = exitCode;
    this.#logger.error({ err: error }, `failed: ${error instanceof Error ? error.message : String(error)}`);
    void this.shutdown("failure");
  }

  /** The first signal shuts down, the second forces the exit. Returns a function that stops listening. */
  listenToSignals(): () => void {
    let seen = 0;
    const onSignal = (signal: NodeJS.Signals): void => {
      seen += 1;
      if (seen > 1) process.exit(FORCED_EXIT_CODE);
      void this.shutdown(signal);
    };
    for (const signal of SIGNALS) process.on(signal, onSignal);
    return () => {
      for (const signal of SIGNALS) process.off(signal, onSignal);
    };
  }

  async #stop(reason: string): Promise<void> {
    this.#logger.debug({ reason }, "shutting down");
    this.#controller.abort(new Error(`shutting down: ${reason}`));
    for (const phase of this.#phases.toReversed()) await this.#runPhase(phase);
  }

  async #runPhase({ name, timeLimitMs, run }: Phase): Promise<void> {
    const limit = new AbortController();
    const tooLate = this.#clock.sleep(timeLimitMs, limit.signal).then(
      () => this.#logger.warn({ phase: name, timeLimitMs }, "shutdown phase took too long"),
      () => undefined,
    );
    const done = run().catch((error: unknown) => {
      this.#logger.error({ phase: name, err: error }, "shutdown phase failed");
    });
    await Promise.race([done, tooLate]);
    limit.abort();
  }
}
