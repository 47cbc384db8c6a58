/**
 * Bounds the memory of one API process for records that are read and for
 * answers that are not sent yet. The size of a record is known only after it
 * was read. So each group is expected to be as large as the largest record that
 * was recently met of it, and a group that nobody has asked for yet is expected
 * to be as large as a record can be.
 *
 * Requests wait in order for their share, for a limited time. A share is given
 * back when its answer is sent or its client has gone.
 */
import type { Clock } from "@trilane/write-through";
import type { ApiLimits } from "./limits.ts";
import { Problem } from "./problems.ts";

type BudgetLimits = Pick<ApiLimits, "answersBytesMax" | "answerBytesMax" | "waitMs">;

interface Waiting {
  readonly bytes: number;
  readonly granted: () => void;
}

/** The bytes of features as they are stored; an answer may have a little more. */
const RECORD_BYTES_MAX = 389_120;
/**
 * With each record that is met the largest one before counts less, so that one large record is forgotten after a while.
 */
const REMEMBERED_SHARE = 0.999;

export class ReadBudget {
  readonly limits: BudgetLimits;
  readonly #clock: Pick<Clock, "schedule">;
  readonly #largest = new Map<string, number>();
  readonly #waiting: Waiting[] = [];
  #takenBytes = 0;

  constructor(limits: BudgetLimits, clock: Pick<Clock, "schedule">) {
    this.limits = limits;
    this.#clock = clock;
  }

  expectedBytes(group: string): number {
    return this.#largest.get(group) ?? RECORD_BYTES_MAX;
  }

  observe(group: string, bytes: number): void {
    this.#largest.set(group, Math.max(bytes, (this.#largest.get(group) ?? 0) * REMEMBERED_SHARE));
  }

  open(): BudgetShare {
    return new BudgetShare(this);
  }

  /** A share that is larger than the whole waits until it is alone. @throws Problem OVERLOADED */
  async take(bytes: number): Promise<void> {
    if (this.takeAtOnce(bytes)) return;
    const over = Promise.withResolvers<boolean>();
    const waiting: Waiting = { bytes, granted: () => over.resolve(true) };
    this.#waiting.push(waiting);
    const cancel = this.#clock.schedule(this.limits.waitMs, () => over.resolve(false));
    const isGranted = await over.promise;
    cancel();
    if (isGranted) return;
    this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
    throw new Problem("OVERLOADED", "the answers under way use all memory of this process; try again, or another");
  }

  /** False where the bytes must be waited for. */
  takeAtOnce(bytes: number): boolean {
    if (this.#waiting.length > 0 || !this.#hasRoom(bytes)) return false;
    this.#takenBytes += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#takenBytes -= bytes;
    for (let [first] = this.#waiting; first !== undefined && this.#hasRoom(first.bytes); [first] = this.#waiting) {
      this.#waiting.shift();
      this.#takenBytes += first.bytes;
      first.granted();
    }
  }

  #hasRoom(bytes: number): boolean {
    return this.#takenBytes === 0 || this.#takenBytes + bytes <= this.limits.answersBytesMax;
  }
}

/** The share of one request. */
export class BudgetShare {
  readonly #budget: ReadBudget;
  #heldBytes = 0;
  #reads = 0;
  #isReleased = false;

  constructor(budget: ReadBudget) {
    this.#budget = budget;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Reads with `expectedBytes` reserved; the records that were read count from then on. @throws Problem OVERLOADED */
  async hold<Value>(
    expectedBytes: number,
    read: () => Promise<{ readonly value: Value; readonly bytes: number }>,
  ): Promise<Value> {
    if (!this.#budget.takeAtOnce(expectedBytes)) await this.#budget.take(expectedBytes);
    this.#heldBytes += expectedBytes;
    this.#reads += 1;
    let bytes = 0;
    try {
      const got = await read();
      bytes = got.bytes;
      return got.value;
    } finally {
      // Records that were larger than expected are in memory all the same, and count from now on.
      this.#heldBytes += bytes - expectedBytes;
      this.#budget.give(expectedBytes - bytes);
      this.#reads -= 1;
      if (this.#isReleased && this.#reads === 0) this.#giveBack();
    }
  }

  /** The answer is sent, or the client has gone; a read under way is still in memory then. */
  release(): void {
    this.#isReleased = true;
    if (this.#reads === 0) this.#giveBack();
  }

  #giveBack(): void {
    const bytes = this.#heldBytes;
    this.#heldBytes = 0;
    this.#budget.give(bytes);
  }
}
