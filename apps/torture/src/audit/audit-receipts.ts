/**
 * Checks that every sent record got a final receipt, and that every message
 * without a record got a dead letter.
 */
import { setTimeout as delay } from "node:timers/promises";
import { encodeKey, groupOf, plainSubjectDigests } from "@trilane/feature-groups";
import { deadTopicOf } from "@trilane/stream-consumer";
import type { MergedHistory } from "@trilane/verification/history";
import type { Kafka } from "kafkajs";
import { config, GROUP } from "../torture.config.ts";
import type { SentRecord } from "../workload/sent-records.ts";

export interface ReceiptsAudit {
  readonly sent: number;
  readonly withReceipt: number;
  readonly malformedMessages: number;
  /** Distinguished by partition and offset, because a message may be refused twice. */
  readonly deadLetters: number;
  /** The number of dead letters for messages that are records. */
  readonly wrongDeadLetters: number;
  readonly problems: readonly string[];
}

const EVENT_TIME_WIDTH = 16;
const US_PER_MS = 1_000;
const PROBLEMS_MAX = 5;
const POLL_MS = 50;

export async function auditReceipts(options: {
  readonly history: MergedHistory;
  readonly sent: readonly SentRecord[];
  readonly kafka: Kafka;
  readonly topic: string;
}): Promise<ReceiptsAudit> {
  const { history, sent, kafka, topic } = options;
  const settled = new Set([...history.settled].map(nameOfSettled));
  const without = sent.filter((record) => !settled.has(nameOfSent(record)));
  const malformed = new Set<string>();
  await readTopic(kafka, topic, ({ value, partition, offset }) => {
    if (value !== null && !isJson(value)) malformed.add(`${partition} ${offset}`);
  });
  const dead = new Set<string>();
  await readTopic(kafka, deadTopicOf(topic, topic), ({ headers }) =>
    dead.add(`${headers["partition"]} ${headers["offset"]}`),
  );
  const problems = without.slice(0, PROBLEMS_MAX).map((record) => `no receipt for ${nameOfSent(record)}`);
  const wronglyDead = [...dead].filter((name) => !malformed.has(name));
  const differing = [...[...malformed].filter((name) => !dead.has(name)), ...wronglyDead];
  if (differing.length > 0) {
    problems.push(`malformed messages and dead letters differ: ${differing.slice(0, PROBLEMS_MAX).join(", ")}`);
  }
  return {
    sent: sent.length,
    withReceipt: sent.length - without.length,
    malformedMessages: malformed.size,
    deadLetters: dead.size,
    wrongDeadLetters: wronglyDead.length,
    problems,
  };
}

/** Key and event time, which a sent record and a version have in common. */
function nameOfSettled(text: string): string {
  const at = text.lastIndexOf(" ");
  return text.slice(0, at + 1 + EVENT_TIME_WIDTH);
}

function nameOfSent({ id, atMs }: SentRecord): string {
  const key = encodeKey(groupOf(config, GROUP), { id }, plainSubjectDigests);
  return `${key} ${String(atMs * US_PER_MS).padStart(EVENT_TIME_WIDTH, "0")}`;
}

function isJson(value: string): boolean {
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}

interface ReadMessage {
  readonly partition: number;
  readonly offset: string;
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** Reads every message of the topic once. */
async function readTopic(kafka: Kafka, topic: string, take: (message: ReadMessage) => void): Promise<void> {
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
        value,
        headers: Object.fromEntries(headers) as Record<string, string>,
      });
      if (BigInt(message.offset) + 1n >= (left.get(partition) ?? 0n)) left.delete(partition);
      return Promise.resolve();
    },
  });
  while (left.size > 0) await delay(POLL_MS);
  await consumer.disconnect();
}
