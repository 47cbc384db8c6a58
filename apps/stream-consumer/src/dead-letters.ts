/**
 * Dead letters: records that are refused for good. They are kept as the bytes
 * that came, with everything that is needed to repair and send them again. They
 * are acknowledged before the offset of their record is committed. A crash in
 * between delivers the record again and leaves the same dead letter twice, with
 * the same topic, partition and offset.
 */
import type { DeadLetter } from "@trilane/lane-kit";
import type { PartitionId, RecordHeader, StreamRecord } from "./stream-source.ts";

const DEAD_TOPIC_SUFFIX = ".dead";
/**
 * The default of TRILANE_TABLE. Letters of this table keep the topic that they had before tables had topics of their
 * own.
 */
const DEFAULT_TABLE = "trilane";

/** `reason` is one of `DEAD_REASONS` of the feature groups, or an `UndecodableReason`. */
export interface DeadMessage extends DeadLetter<PartitionId, StreamRecord> {
  /** The last offset of a batch that nobody can read, which is kept as one letter. */
  readonly lastOffset?: bigint;
}

/** A letter and the table for which its record was refused. */
export type TableLetter = DeadMessage & { readonly table: string };

export interface DeadLetterSink {
  /** Resolves when all are acknowledged. @throws StreamError DEAD_LETTERS_FAILED; some may already be kept */
  send(letters: readonly DeadMessage[]): Promise<void>;
}

/** By name; a list where the name came several times. */
export type LetterHeaders = Readonly<Record<string, string | Uint8Array | readonly Uint8Array[]>>;

export interface DeadLetterMessage {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: LetterHeaders;
}

/** The parts of a record that a letter leaves out, so that it fits its topic; each step leaves out more. */
export const LETTER_PARTS = ["value", "headers", "key"] as const;
export type LetterPart = (typeof LETTER_PARTS)[number];

const ERROR_CHARACTERS_MAX = 2_000;
const EMPTY = new Uint8Array();

/** Each table has a topic of its own, so that the letters of two tables that read one topic are separate. */
export function deadTopicOf(topic: string, table: string): string {
  return table === DEFAULT_TABLE ? `${topic}${DEAD_TOPIC_SUFFIX}` : `${topic}.${table}${DEAD_TOPIC_SUFFIX}`;
}

/**
 * The original key and value, with the context in headers and the original headers as `original-<name>`. The client
 * cannot send a header without a value, so such a header is empty, and `null-headers` names it, with its place where the
 * name came several times. For a part that is left out, the header `<part>-omitted-bytes` has the size; the part itself
 * stays in its topic until that topic's retention.
 */
export function deadLetterMessage(letter: TableLetter, omitted: readonly LetterPart[] = []): DeadLetterMessage {
  const { input: record } = letter;
  const has = (part: LetterPart): boolean => !omitted.includes(part);
  const sizes = omitted.map((part) => [`${part}-omitted-bytes`, String(bytesOf(record, part))]);
  return {
    key: has("key") ? record.key : null,
    value: has("value") ? record.value : null,
    headers: {
      ...(has("headers") ? originalHeaders(record.headers) : {}),
      ...contextHeaders(letter),
      ...Object.fromEntries(sizes),
    },
  };
}

export function bytesOf({ key, value, headers }: StreamRecord, part: LetterPart): number {
  switch (part) {
    case "value":
      return value?.length ?? 0;
    case "key":
      return key?.length ?? 0;
    case "headers":
      return headers.reduce((sum, header) => sum + Buffer.byteLength(header.name) + (header.value?.length ?? 0), 0);
  }
}

function originalHeaders(headers: readonly RecordHeader[]): LetterHeaders {
  const byName = [...Map.groupBy(headers, ({ name }) => name)];
  const own = byName.map(([name, all]) => {
    const values = all.map(({ value }) => value ?? EMPTY);
    return [`original-${name}`, values.length === 1 ? (values[0] ?? EMPTY) : values] as const;
  });
  const absent = byName.flatMap(([name, all]) =>
    all.flatMap(({ value }, index) => (value === null ? [all.length === 1 ? name : [name, index]] : [])),
  );
  return { ...Object.fromEntries(own), ...(absent.length === 0 ? {} : { "null-headers": JSON.stringify(absent) }) };
}

function contextHeaders({ place, input, reason, detail, owner, lastOffset, table }: TableLetter): LetterHeaders {
  return {
    topic: place.topic,
    partition: String(place.partition),
    offset: String(input.offset),
    ...(lastOffset === undefined ? {} : { "last-offset": String(lastOffset) }),
    ...(input.timestampMs === null ? {} : { timestamp: String(input.timestampMs) }),
    ...(owner === undefined ? {} : { subject: owner.subject }),
    table,
    lane: "stream",
    reason,
    error: detail.slice(0, ERROR_CHARACTERS_MAX),
  };
}
