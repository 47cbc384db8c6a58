/**
 * Transactions of several producers on the same partitions: each begins before
 * any ends, and they end in another order than they began. The broker may be
 * killed at any moment. If a commit was not answered, nobody knows the end of
 * its transaction; a transaction without a commit request ends aborted.
 */
import kafkajs from "kafkajs";
import type { Kafka, Message, Transaction } from "kafkajs";
import type { Random } from "@trilane/write-through";
import type { SensorFields } from "../workload/sent-records.ts";
import type { EdgeRecords } from "./edge-records.ts";

export interface Overlapping {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly partitions: number;
  readonly records: EdgeRecords;
  readonly random: Random;
}

export interface Transacted {
  readonly committed: readonly SensorFields[];
  readonly aborted: readonly SensorFields[];
}

const PRODUCERS = 3;
const RECORDS_EACH = 4;
const ABORT_SHARE = 0.5;
/** After this time the broker aborts a transaction whose producer is gone. */
const TRANSACTION_MS_MAX = 10_000;
/** The beginning of a control record's key, which a record's key may have too. */
const MISLEADING_KEY = Buffer.alloc(4);

export async function overlapTransactions(options: Overlapping): Promise<Transacted> {
  // One of them is always aborted.
  const aborted = Math.floor(options.random() * PRODUCERS);
  const all = Array.from({ length: PRODUCERS }, (_, number) => new OpenTransaction(options, number, aborted));
  for (const one of all) await one.begin();
  for (const one of all) await one.send();
  for (const one of all.toReversed()) await one.end();
  const of = (end: OpenTransaction["outcome"]): readonly SensorFields[] =>
    all.filter(({ outcome }) => outcome === end).flatMap(({ records }) => records);
  return { committed: of("committed"), aborted: of("aborted") };
}

class OpenTransaction {
  /** Unknown: a commit was requested, and not answered. */
  outcome: "committed" | "aborted" | "unknown" = "aborted";
  readonly records: readonly SensorFields[];
  readonly #producer: ReturnType<Kafka["producer"]>;
  readonly #topic: string;
  readonly #messages: readonly Message[];
  readonly #isAborted: boolean;
  #transaction: Transaction | null = null;

  constructor({ kafka, topic, partitions, records, random }: Overlapping, number: number, aborted: number) {
    this.records = Array.from({ length: RECORDS_EACH }, () => records.next());
    const partition = Math.floor(random() * partitions);
    this.#topic = topic;
    this.#messages = this.records.map((record) => ({ partition, key: MISLEADING_KEY, value: JSON.stringify(record) }));
    this.#isAborted = number === aborted || random() < ABORT_SHARE;
    this.#producer = kafka.producer({
      transactionalId: `${topic}-${number}`,
      transactionTimeout: TRANSACTION_MS_MAX,
      idempotent: true,
      maxInFlightRequests: 1,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    });
  }

  /** A producer ends the transaction that an earlier producer of the same name left open. */
  async begin(): Promise<void> {
    try {
      await this.#producer.connect();
      this.#transaction = await this.#producer.transaction();
    } catch {
      this.#transaction = null;
    }
  }

  async send(): Promise<void> {
    try {
      await this.#transaction?.send({ topic: this.#topic, messages: [...this.#messages] });
    } catch {
      this.#transaction = null;
    }
  }

  async end(): Promise<void> {
    try {
      if (this.#transaction === null) return;
      if (this.#isAborted) {
        await this.#transaction.abort();
        return;
      }
      this.outcome = "unknown";
      await this.#transaction.commit();
      this.outcome = "committed";
    } catch {
      // The broker was away, so its knowledge of the transaction decides.
    } finally {
      await this.#producer.disconnect().catch(() => undefined);
    }
  }
}
