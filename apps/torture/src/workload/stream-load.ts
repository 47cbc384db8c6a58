/**
 * Produces to the stream lane's topic: new records, late ones and repeated ones
 * over all partitions without regard to their keys, deletes, and some messages
 * that are no records.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Random } from "@trilane/write-through";
import type { Kafka, Message, Producer } from "kafkajs";
import { pickId } from "./keys.ts";
import { fieldsOf, type SentRecord, type SentRecords } from "./sent-records.ts";

export interface StreamLoadReport {
  /** The number of messages that the broker acknowledged, without repetitions of a send without an answer. */
  readonly messages: number;
  readonly duplicates: number;
  readonly deletes: number;
  readonly malformed: number;
}

export interface StreamLoadOptions {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly partitions: number;
  readonly sent: SentRecords;
  readonly random: Random;
  readonly signal: AbortSignal;
}

const BATCH_MAX = 60;
const PAUSE_MS = 250;
const RETRY_PAUSE_MS = 200;
const SHARE = { late: 0.15, duplicate: 0.04, delete: 0.03, malformed: 0.01, keptBack: 0.2 };

/**
 * Produces until the signal fires, and then the records that were kept back; everything is acknowledged when it
 * resolves.
 */
export async function runStreamLoad(options: StreamLoadOptions): Promise<StreamLoadReport> {
  const { kafka, signal, random } = options;
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  const counts = { messages: 0, duplicates: 0, deletes: 0, malformed: 0 };
  try {
    while (!signal.aborted) {
      const size = 1 + Math.floor(random() * BATCH_MAX);
      const messages = Array.from({ length: size }, () => nextMessage(options, counts));
      counts.messages += messages.length;
      await sendUntilAcknowledged(producer, options.topic, messages);
      await delay(PAUSE_MS * random());
    }
    const rest = options.sent.takeLate(random, Number.POSITIVE_INFINITY);
    counts.messages += rest.length;
    await sendUntilAcknowledged(producer, options.topic, rest.map(messageOf));
  } finally {
    await producer.disconnect();
  }
  return counts;
}

function nextMessage(
  { sent, random, partitions }: StreamLoadOptions,
  counts: { duplicates: number; deletes: number; malformed: number },
): Message {
  const partition = Math.floor(random() * partitions);
  if (random() < SHARE.malformed) {
    counts.malformed += 1;
    return { partition, value: `{"id":"s${counts.malformed}","at":` };
  }
  if (random() < SHARE.keptBack) sent.keepBack(pickId(random));
  const repeated = random() < SHARE.duplicate ? sent.again(random) : null;
  if (repeated !== null) counts.duplicates += 1;
  const [late = null] = repeated === null && random() < SHARE.late ? sent.takeLate(random, 1) : [];
  const kind = random() < SHARE.delete ? "delete" : "put";
  const record = repeated ?? late ?? sent.next(pickId(random), kind);
  if (record.n === null) counts.deletes += 1;
  return { partition, ...messageOf(record) };
}

function messageOf(record: SentRecord): Pick<Message, "key" | "value" | "timestamp"> {
  // A delete has no value; its event time is the message's.
  return record.n === null
    ? { key: JSON.stringify({ id: record.id }), value: null, timestamp: String(record.atMs) }
    : { key: record.id, value: JSON.stringify(fieldsOf(record)) };
}

/** A send without an answer is repeated, so the topic may hold its messages twice. */
async function sendUntilAcknowledged(producer: Producer, topic: string, messages: Message[]): Promise<void> {
  for (;;) {
    try {
      await producer.send({ topic, messages });
      return;
    } catch {
      await delay(RETRY_PAUSE_MS);
    }
  }
}
