/** The report of one run of the stream lane; the receipts add up to what was consumed. */
import type { Metrics } from "@trilane/lane-kit";
import { countReceipts, noReceipts, type Receipt, type ReceiptCounts } from "@trilane/write-through";

export interface ConsumeReport {
  /** Records whose receipts are final: applied + superseded + duplicate + expired + dead. */
  readonly consumed: number;
  readonly receipts: Readonly<ReceiptCounts>;
  /** Kept in the dead-letter topics; equal to `receipts.dead`. */
  readonly deadLetters: number;
  /** Records that wait in the subscribed topics, for the group; null where the brokers did not say. */
  readonly lag: number | null;
}

export class ConsumeCounts {
  readonly #receipts: ReceiptCounts = noReceipts();
  readonly #consumedTotal: ReturnType<Metrics["counter"]>;
  readonly #deadLettersTotal: ReturnType<Metrics["counter"]>;
  #consumed = 0;

  constructor(metrics: Metrics) {
    this.#consumedTotal = metrics.counter("trilane_stream_consumed_total", "Records with a final receipt");
    this.#deadLettersTotal = metrics.counter("trilane_stream_dead_letters_total", "Dead letters that were kept");
  }

  add(receipts: readonly Receipt[]): void {
    const before = this.#receipts.dead;
    countReceipts(this.#receipts, receipts);
    this.#consumed += receipts.length;
    this.#consumedTotal.inc(receipts.length);
    this.#deadLettersTotal.inc(this.#receipts.dead - before);
  }

  report(lag: number | null): ConsumeReport {
    const receipts = { ...this.#receipts };
    return { consumed: this.#consumed, receipts, deadLetters: receipts.dead, lag };
  }
}
