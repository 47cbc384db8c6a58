/**
 * Dead letters: records that are refused for good, kept with what is needed to
 * repair and send them again. They are acknowledged before the offset of their
 * record commits; a crash in between delivers the record again and leaves the
 * same dead letter twice, told apart by its topic, partition and offset.
 */
import type { PartitionId, StreamRecord } from "./stream-source.ts";

export const DEAD_TOPIC_SUFFIX = ".dead";

export interface DeadLetter {
  readonly source: PartitionId;
  readonly record: StreamRecord;
  /** From a closed list: `DEAD_REASONS` of the feature groups, or `UndecodableReason`. */
  readonly reason: string;
  /** For people: field, value, remedy. */
  readonly error: string;
}

export interface DeadLetterSink {
  /** Resolves when all are acknowledged. @throws StreamError DEAD_LETTERS_FAILED: some may be kept already. */
  send(letters: readonly DeadLetter[]): Promise<void>;
}

export interface DeadLetterMessage {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, string>>;
}

const ERROR_CHARACTERS_MAX = 2_000;

export function deadTopicOf(topic: string): string {
  return `${topic}${DEAD_TOPIC_SUFFIX}`;
}

/** The original key and value; the context in headers, the original headers as `original-<name>`. */
export function deadLetterMessage({ source, record, reason, error }: DeadLetter): DeadLetterMessage {
  const original = Object.entries(record.headers).map(([name, value]) => [`original-${name}`, value]);
  return {
    key: record.key,
    value: record.value,
    headers: {
      ...Object.fromEntries(original),
      topic: source.topic,
      partition: String(source.partition),
      offset: String(record.offset),
      ...(record.timestampMs === null ? {} : { timestamp: String(record.timestampMs) }),
      lane: "stream",
      reason,
      error: error.slice(0, ERROR_CHARACTERS_MAX),
    },
  };
}
