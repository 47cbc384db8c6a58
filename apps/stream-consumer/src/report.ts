/** The report of one run of the stream lane; the receipts add up to what was consumed. */
import type { Metrics } from "@trilane/lane-kit";
import { countReceipts, itemAt, noReceipts, type Receipt, type ReceiptCounts } from "@trilane/write-through";
import { type PartitionId, partitionName, type StreamRecord } from "./stream-source.ts";

export interface ConsumeReport {
  /** The number of records with final receipts: applied + superseded + duplicate + expired + erased + dead. */
  readonly consumed: number;
  readonly receipts: Readonly<ReceiptCounts>;
  /** The number of records in the dead-letter topics, equal to `receipts.dead`. */
  readonly deadLetters: number;
  /** The number of records that retention has removed before they were read. */
  readonly overtaken: number;
  /** The number of records that wait in the subscribed topics for the group; null where the brokers did not say. */
  readonly lag: number | null;
}

export interface CountedSlice {
  readonly partition: PartitionId;
  readonly generation: number;
  readonly records: readonly Pick<StreamRecord, "offset">[];
  /** The receipts of the first records, in order. */
  readonly receipts: readonly Receipt[];
}

export class ConsumeCounts {
  readonly #receipts: ReceiptCounts = noReceipts();
  readonly #consumedTotal: ReturnType<Metrics["counter"]>;
  readonly #deadLettersTotal: ReturnType<Metrics["counter"]>;
  readonly #overtakenTotal: ReturnType<Metrics["counter"]>;
  /** By partition: the offset up to which records are counted, so that a record that is delivered again counts once. */
  readonly #countedTo = new Map<string, bigint>();
  readonly #generations = new Map<string, number>();
  #consumed = 0;
  #overtaken = 0;

  constructor(metrics: Metrics) {
    this.#consumedTotal = metrics.counter("trilane_stream_consumed_total", "Records with a final receipt");
    this.#deadLettersTotal = metrics.counter("trilane_stream_dead_letters_total", "Dead letters that were kept");
    this.#overtakenTotal = metrics.counter(
      "trilane_stream_overtaken_total",
      "Records that retention took away before they were read",
    );
  }

  /** The topic of this name to which offsets belong; asked when a slice begins. */
  generationOf(partition: PartitionId): number {
    return this.#generations.get(partitionName(partition)) ?? 0;
  }

  add({ partition, generation, records, receipts }: CountedSlice): void {
    const name = partitionName(partition);
    // Offsets of an earlier topic say nothing about those of this one.
    if (generation !== this.generationOf(partition)) return this.#count(receipts);
    const from = this.#countedTo.get(name) ?? 0n;
    if (receipts.length === 0) return;
    const last = itemAt(records, receipts.length - 1).offset;
    if (last >= from) this.#countedTo.set(name, last + 1n);
    // Offsets rise, so all are fresh where the first one is.
    const isAllFresh = itemAt(records, 0).offset >= from;
    this.#count(isAllFresh ? receipts : receipts.filter((_, index) => itemAt(records, index).offset >= from));
  }

  /** Offsets of the partition begin anew. */
  forget(partition: PartitionId): void {
    this.#generations.set(partitionName(partition), this.generationOf(partition) + 1);
    this.#countedTo.delete(partitionName(partition));
  }

  addOvertaken(records: number): void {
    this.#overtaken += records;
    this.#overtakenTotal.inc(records);
  }

  #count(receipts: readonly Receipt[]): void {
    const before = this.#receipts.dead;
    countReceipts(this.#receipts, receipts);
    this.#consumed += receipts.length;
    this.#consumedTotal.inc(receipts.length);
    this.#deadLettersTotal.inc(this.#receipts.dead - before);
  }

  report(lag: number | null): ConsumeReport {
    const receipts = { ...this.#receipts };
    return { consumed: this.#consumed, receipts, deadLetters: receipts.dead, overtaken: this.#overtaken, lag };
  }
}
