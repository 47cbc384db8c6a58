/**
 * Checks that every sent record got a final receipt, that every message without
 * a record got a dead letter, and that the stream lane itself has a receipt for
 * each of its messages: consumed = applied + superseded + duplicate + expired +
 * erased + dead. The batch lane and the jobs say how many records they were
 * given, so their load compares by itself.
 */
import { encodeKey, groupOf, plainSubjectDigests } from "@trilane/feature-groups";
import { deadTopicOf } from "@trilane/stream-consumer";
import type { MergedHistory } from "@trilane/verification/history";
import type { ErasureEntry } from "@trilane/write-through";
import type { Kafka } from "kafkajs";
import { config, GROUP } from "../torture.config.ts";
import type { SensorFields, SentRecord } from "../workload/sent-records.ts";
import { type ReadMessage, readTopic } from "./read-topic.ts";

export interface ReceiptsAudit {
  readonly sent: number;
  readonly withReceipt: number;
  readonly malformedMessages: number;
  /** Distinguished by partition and offset, because a message may be refused twice. */
  readonly deadLetters: number;
  /** The messages of the stream lane's topic, and those of them for which it has a final receipt or a dead letter. */
  readonly messages: number;
  readonly messagesWithReceipt: number;
  /** The number of dead letters for messages that are records. */
  readonly wrongDeadLetters: number;
  readonly problems: readonly string[];
}

const EVENT_TIME_WIDTH = 16;
const US_PER_MS = 1_000;
const PROBLEMS_MAX = 5;

export async function auditReceipts(options: {
  readonly history: Pick<MergedHistory, "settled">;
  /** The receipts that the stream lane itself got. */
  readonly stream: Pick<MergedHistory, "settled">;
  readonly sent: readonly SentRecord[];
  /** Records that a job has lost because their person was erased: their sender has the receipt. */
  readonly lost: readonly SentRecord[];
  readonly kafka: Kafka;
  readonly topic: string;
}): Promise<ReceiptsAudit> {
  const { history, stream, sent, lost, kafka, topic } = options;
  const ofStream = namesOf(stream);
  const without = withoutReceipt(sent, [...namesOf(history), ...lost.map(nameOfSent)]);
  const malformed = new Set<string>();
  const unanswered: string[] = [];
  let messages = 0;
  await readTopic(kafka, topic, (message) => {
    messages += 1;
    const { value, partition, offset } = message;
    if (value !== null && !isJson(value)) malformed.add(`${partition} ${offset}`);
    else if (!ofStream.has(nameOfMessage(message))) unanswered.push(`${partition} ${offset}`);
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
  problems.push(...unanswered.slice(0, PROBLEMS_MAX).map((name) => `the stream lane has no receipt for ${name}`));
  const withoutLetter = [...malformed].filter((name) => !dead.has(name)).length;
  return {
    messages,
    messagesWithReceipt: messages - unanswered.length - withoutLetter,
    sent: sent.length,
    withReceipt: sent.length - without.length,
    malformedMessages: malformed.size,
    deadLetters: dead.size,
    wrongDeadLetters: wronglyDead.length,
    problems,
  };
}

/** The sent records whose name is not among those of the receipts. */
export function withoutReceipt(sent: readonly SentRecord[], names: Iterable<string>): readonly SentRecord[] {
  const settled = new Set(names);
  return sent.filter((record) => !settled.has(nameOfSent(record)));
}

/** The records of persons of whom something was erased in the run. */
export function ofErased(
  records: readonly SentRecord[],
  entries: readonly Pick<ErasureEntry, "subject">[],
  digestOf: (name: string) => string,
): readonly SentRecord[] {
  const erased = new Set(entries.map(({ subject }) => subject));
  return records.filter(({ owner }) => owner !== null && erased.has(digestOf(owner.name)));
}

/** Key and event time, which a sent record and a version have in common. */
export function nameOfSettled(text: string): string {
  const at = text.lastIndexOf(" ");
  return text.slice(0, at + 1 + EVENT_TIME_WIDTH);
}

function namesOf({ settled }: Pick<MergedHistory, "settled">): ReadonlySet<string> {
  return new Set([...settled].map(nameOfSettled));
}

function nameOfMessage({ key, value, timestamp }: ReadMessage): string {
  if (value === null) return nameOfSent({ id: (JSON.parse(key ?? "{}") as { id: string }).id, atMs: timestamp });
  const { id, at } = JSON.parse(value) as SensorFields;
  return nameOfSent({ id, atMs: at });
}

export function nameOfSent({ id, atMs }: Pick<SentRecord, "id" | "atMs">): string {
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
