/**
 * Compares the table's list of erasures with its second place: when a process
 * starts, and then about once a minute. A table that was restored from before
 * an erasure ends the process, because it would answer what was erased.
 */
import { type Clock, CoreError, type ErasureStore, type Random } from "@trilane/write-through";
import type { Logger } from "pino";
import type { ErasureCopy } from "./erasure-copy.ts";

export interface ErasureWatchParts {
  readonly copy: Pick<ErasureCopy, "check">;
  readonly erasures: Pick<ErasureStore, "readState">;
  readonly clock: Pick<Clock, "schedule">;
  readonly random: Random;
  readonly logger: Logger;
  readonly onLost: (error: CoreError) => void;
}

const CHECK_EVERY_MS = 60_000;
/** The share of the interval by which processes that started together drift apart. */
const JITTER = 0.2;

export class ErasureWatch {
  readonly #parts: ErasureWatchParts;
  #cancel: () => void = () => undefined;
  #checking: Promise<void> = Promise.resolve();

  constructor(parts: ErasureWatchParts) {
    this.#parts = parts;
    this.#schedule();
  }

  async close(): Promise<void> {
    this.#cancel();
    await this.#checking;
  }

  #schedule(): void {
    const { clock, random } = this.#parts;
    this.#cancel = clock.schedule(CHECK_EVERY_MS * (1 - JITTER * random()), () => {
      this.#checking = this.#check();
      this.#schedule();
    });
  }

  async #check(): Promise<void> {
    const { copy, erasures, logger, onLost } = this.#parts;
    try {
      await copy.check(erasures);
    } catch (error) {
      if (!(error instanceof CoreError)) throw error;
      if (error.code === "ERASURES_LOST") onLost(error);
      else logger.warn({ code: error.code, error: error.message }, "the second place of erasures was not compared");
    }
  }
}
