/**
 * The topics of the faults at the edges, and what is done to them. The broker
 * may be killed at any moment: each step is repeated until it is done.
 */
import { setTimeout as delay } from "node:timers/promises";
import { createTopics, deadTopicOf } from "@trilane/stream-consumer";
import kafkajs from "kafkajs";
import type { Admin, Kafka, Message } from "kafkajs";
import type { SensorFields } from "../workload/sent-records.ts";

export interface ProducedAt {
  readonly partition: number;
  /** Of the first record. */
  readonly offset: number;
}

const RETRY_PAUSE_MS = 300;
const STEP_MS_MAX = 120_000;

export class EdgeTopics {
  readonly #kafka: Kafka;
  readonly #admin: Admin;
  readonly #table: string;

  constructor(kafka: Kafka, table: string) {
    this.#kafka = kafka;
    this.#admin = kafka.admin();
    this.#table = table;
  }

  async open(topics: readonly string[], partitions: number): Promise<void> {
    await this.#admin.connect();
    for (const topic of topics) {
      await this.create(topic, partitions);
      await this.create(deadTopicOf(topic, this.#table), 1);
    }
  }

  async close(): Promise<void> {
    await this.#admin.disconnect();
  }

  /** The topic is there when this resolves. */
  async create(topic: string, numPartitions: number): Promise<void> {
    await untilDone(async () => {
      await createTopics(this.#admin, [{ topic, numPartitions }]);
      return (await this.#admin.listTopics()).includes(topic);
    });
  }

  async remake(topic: string, partitions: number): Promise<void> {
    await untilDone(async () => {
      if (!(await this.#admin.listTopics()).includes(topic)) return true;
      await this.#admin.deleteTopics({ topics: [topic] });
      return false;
    });
    await this.create(topic, partitions);
  }

  /** Resolves with the new partition. */
  async addPartition(topic: string): Promise<number> {
    const before = await this.#partitionsOf(topic);
    await untilDone(async () => {
      if ((await this.#partitionsOf(topic)) > before) return true;
      await this.#admin.createPartitions({ topicPartitions: [{ topic, count: before + 1 }] });
      return false;
    });
    return before;
  }

  /** As retention does it: those before the offset are gone. */
  async takeAway(topic: string, partition: number, offset: number): Promise<void> {
    await untilDone(async () => {
      // The client looks for leaders in what it knows already.
      const offsets = await this.#admin.fetchTopicOffsets(topic);
      if (offsets.some((own) => own.partition === partition && Number(own.low) >= offset)) return true;
      await this.#admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(offset) }] });
      return false;
    });
  }

  /** Soon, and again and again: the cleaner rests for 15 seconds by default. */
  async compact(topic: string): Promise<void> {
    const { BROKER, TOPIC } = kafkajs.ConfigResourceTypes;
    const configEntries = Object.entries({
      "cleanup.policy": "compact",
      "min.cleanable.dirty.ratio": "0.01",
      "segment.ms": "100",
      "segment.bytes": "1048576",
      "delete.retention.ms": "86400000",
    }).map(([name, value]) => ({ name, value }));
    await untilDone(async () => {
      await this.#admin.alterConfigs({ validateOnly: false, resources: [{ type: TOPIC, name: topic, configEntries }] });
      const hurry = [{ name: "log.cleaner.backoff.ms", value: "200" }];
      for (const { nodeId } of (await this.#admin.describeCluster()).brokers) {
        const resources = [{ type: BROKER, name: String(nodeId), configEntries: hurry }];
        await this.#admin.alterConfigs({ validateOnly: false, resources });
      }
      return true;
    });
  }

  /** By a producer of its own, which knows the topic as it is now. A send without an answer is repeated. */
  async produce(
    topic: string,
    messages: readonly Message[],
    compression = kafkajs.CompressionTypes.None,
  ): Promise<readonly ProducedAt[]> {
    const producer = this.#kafka.producer({ allowAutoTopicCreation: false });
    let produced: readonly ProducedAt[] = [];
    try {
      await untilDone(async () => {
        await producer.connect();
        const answers = await producer.send({ topic, messages: [...messages], compression, acks: -1 });
        produced = answers.map(({ partition, baseOffset }) => ({ partition, offset: Number(baseOffset ?? 0) }));
        return true;
      });
    } finally {
      await producer.disconnect().catch(() => undefined);
    }
    return produced;
  }

  async #partitionsOf(topic: string): Promise<number> {
    let count = 0;
    await untilDone(async () => {
      count = (await this.#admin.fetchTopicMetadata({ topics: [topic] })).topics[0]?.partitions.length ?? 0;
      return count > 0;
    });
    return count;
  }
}

export function messageOf(record: SensorFields, partition: number): Message {
  return { partition, key: JSON.stringify({ id: record.id }), value: JSON.stringify(record) };
}

/** @throws the last error where it is not done for long. */
async function untilDone(step: () => Promise<boolean>): Promise<void> {
  const untilMs = performance.now() + STEP_MS_MAX;
  for (;;) {
    try {
      if (await step()) return;
    } catch (error) {
      if (performance.now() > untilMs) throw error;
    }
    await delay(RETRY_PAUSE_MS);
  }
}
