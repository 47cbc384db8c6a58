/**
 * Watches the broker for the demo: the group's progress, and the dead letters
 * with their reasons.
 */
import { setTimeout as delay } from "node:timers/promises";
import kafkajs, { type Kafka } from "kafkajs";

const POLL_MS = 250;

/** The number of the topic's records that the group has committed, and the number of all its records. */
export async function progressOf(kafka: Kafka, topic: string, groupId: string): Promise<{ done: number; all: number }> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const ends = await admin.fetchTopicOffsets(topic);
    const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
    const done = committed?.partitions.reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0) ?? 0;
    return { done, all: ends.reduce((sum, { high }) => sum + Number(high), 0) };
  } finally {
    await admin.disconnect();
  }
}

/** Null while the broker cannot answer, for example while the group's coordinator is being elected. */
async function knownProgress(
  kafka: Kafka,
  topic: string,
  groupId: string,
): Promise<{ done: number; all: number } | null> {
  return await progressOf(kafka, topic, groupId).catch((error: unknown) => {
    if (error instanceof kafkajs.KafkaJSError && error.retriable) return null;
    throw error;
  });
}

/** Resolves when `isEnough` returns true. */
export async function waitForProgress(
  options: { readonly kafka: Kafka; readonly topic: string; readonly groupId: string; readonly signal: AbortSignal },
  isEnough: (progress: { done: number; all: number }) => boolean,
): Promise<void> {
  const { kafka, topic, groupId, signal } = options;
  for (;;) {
    const progress = await knownProgress(kafka, topic, groupId);
    if (progress !== null && isEnough(progress)) return;
    await delay(POLL_MS, undefined, { signal });
  }
}

export interface DeadLetterCounts {
  /** The number of dead messages by their reason, each message counted once. */
  readonly reasons: Readonly<Record<string, number>>;
  /** The number of letters for a message that already has one, because it was delivered again. */
  readonly again: number;
}

/** Reads the whole dead-letter topic. */
export async function countDeadLetters(kafka: Kafka, topic: string): Promise<DeadLetterCounts> {
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  const all = ends.reduce((sum, { high }) => sum + Number(high), 0);
  const reasonOf = new Map<string, string>();
  if (all > 0) {
    const consumer = kafka.consumer({ groupId: `${topic}-report-${process.pid}` });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    let seen = 0;
    await new Promise<void>((resolve, reject) => {
      consumer
        .run({
          autoCommit: false,
          eachMessage: ({ message: { headers } }) => {
            const source = `${String(headers?.["topic"])}/${String(headers?.["partition"])}/${String(headers?.["offset"])}`;
            reasonOf.set(source, String(headers?.["reason"] ?? "unknown"));
            seen += 1;
            if (seen >= all) resolve();
            return Promise.resolve();
          },
        })
        .catch(reject);
    });
    await consumer.disconnect();
  }
  const reasons: Record<string, number> = {};
  for (const reason of reasonOf.values()) reasons[reason] = (reasons[reason] ?? 0) + 1;
  return { reasons, again: all - reasonOf.size };
}
