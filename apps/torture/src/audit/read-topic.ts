/** Reads every message of a topic once, up to its present end. */
import { setTimeout as delay } from "node:timers/promises";
import type { Kafka } from "kafkajs";

const POLL_MS = 50;

export interface ReadMessage {
  readonly partition: number;
  readonly offset: string;
  readonly key: string | null;
  readonly value: string | null;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly headers: Readonly<Record<string, string>>;
}

export async function readTopic(kafka: Kafka, topic: string, take: (message: ReadMessage) => void): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  const left = new Map(
    ends.filter(({ high, low }) => high !== low).map(({ partition, high }) => [partition, BigInt(high)]),
  );
  if (left.size === 0) return;
  const consumer = kafka.consumer({ groupId: `${topic}-audit` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachMessage: ({ partition, message }) => {
      const headers = Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)]);
      const value = message.value === null ? null : message.value.toString("utf8");
      take({
        partition,
        offset: message.offset,
        key: message.key?.toString("utf8") ?? null,
        value,
        timestamp: Number(message.timestamp),
        headers: Object.fromEntries(headers) as Record<string, string>,
      });
      if (BigInt(message.offset) + 1n >= (left.get(partition) ?? 0n)) left.delete(partition);
      return Promise.resolve();
    },
  });
  while (left.size > 0) await delay(POLL_MS);
  await consumer.disconnect();
}
