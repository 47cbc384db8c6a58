/**
 * Decodes a message into a change of its topic's group. A JSON value is a put;
 * no value is a delete of the entity that the JSON key names. A message that
 * cannot be decoded is a change with a refused input.
 */
import {
  type FeatureChange,
  type JsonScan,
  messagePlace,
  parseExactJson,
  type Place,
  RefusedInput,
} from "@trilane/feature-groups";
import { messageOf } from "@trilane/write-through";
import { otherSerializationOf } from "./other-serialization.ts";
import type { StreamRecord } from "./stream-source.ts";

/** The reason of a value that is not JSON in UTF-8. */
export const UNDECODABLE_VALUE = "undecodable-value";

export type UndecodableReason =
  | typeof UNDECODABLE_VALUE
  /** The key of a delete is absent, or is no JSON object with the key fields. */
  | "undecodable-key";

interface UndecodableMessage {
  readonly kind: "undecodable";
  readonly reason: UndecodableReason;
  readonly detail: string;
}

const US_PER_MS = 1_000;
const REPLACEMENT = "\ufffd";
const BYTE_ORDER_MARK = "\ufeff";
const NO_BYTES = new Uint8Array();
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The origin of a message, and the group that it is for. */
export interface MessageSource {
  readonly group: string;
  readonly partition: number;
}

type DecodedInput = { readonly kind: "input"; readonly input: unknown } | UndecodableMessage;

function decodeInput(record: StreamRecord): DecodedInput {
  try {
    const plain = record.plainJson?.() ?? null;
    if (plain !== null) return { kind: "input", input: JSON.parse(plain) };
    const { value } = record;
    if (value !== null) return { kind: "input", input: parseExactJson(exactTextOf(value)) };
  } catch (error) {
    return undecodableValue(record, messageOf(error));
  }
  return decodeKey(record);
}

/** The input of a delete. */
function decodeKey({ key }: StreamRecord): DecodedInput {
  if (key === null) {
    return undecodable(
      "undecodable-key",
      "neither value nor key: a delete needs a JSON object of the key fields as key",
    );
  }
  const parsed = parseJson(key);
  if ("problem" in parsed) {
    return undecodable("undecodable-key", `a delete needs a JSON object of the key fields as key: ${parsed.problem}`);
  }
  if (typeof parsed.json !== "object" || parsed.json === null || Array.isArray(parsed.json)) {
    return undecodable("undecodable-key", "a delete needs a JSON object of the key fields as key; it is no object");
  }
  return { kind: "input", input: parsed.json };
}

/**
 * A message as a change whose input is decoded each time that it is asked for, so that nothing of the message is held
 * but its bytes.
 */
export class MessageChange implements FeatureChange {
  readonly #record: StreamRecord;
  readonly #source: MessageSource;

  constructor(record: StreamRecord, source: MessageSource) {
    this.#record = record;
    this.#source = source;
  }

  get kind(): "put" | "delete" {
    const { hasValue = this.#record.value !== null } = this.#record;
    return hasValue ? "put" : "delete";
  }

  get group(): string {
    return this.#source.group;
  }

  get input(): unknown {
    const decoded = decodeInput(this.#record);
    return decoded.kind === "input" ? decoded.input : new RefusedInput(decoded.reason, decoded.detail);
  }

  scan(scan: JsonScan): boolean {
    return this.#record.scanValue?.(scan) ?? false;
  }

  get sourceTimeUs(): number | undefined {
    const { timestampMs } = this.#record;
    return timestampMs === null ? undefined : timestampMs * US_PER_MS;
  }

  get place(): Place {
    const { timestampMs, offset } = this.#record;
    return messagePlace({ timestampMs, partition: this.#source.partition, offset });
  }
}

function undecodableValue({ value }: StreamRecord, problem: string): UndecodableMessage {
  const serialization = otherSerializationOf(value ?? NO_BYTES);
  const detail =
    serialization === null ? `the value is not JSON: ${problem}` : `the value is not JSON but ${serialization}`;
  return undecodable(UNDECODABLE_VALUE, detail);
}

function undecodable(reason: UndecodableReason, detail: string): UndecodableMessage {
  return { kind: "undecodable", reason, detail };
}

/** @throws TypeError for bytes that are not UTF-8 */
function exactTextOf(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  // Bytes that are not UTF-8 leave this mark, and the decoder strips a byte order mark; it is slower.
  return text.includes(REPLACEMENT) || text.startsWith(BYTE_ORDER_MARK) ? utf8.decode(bytes) : text;
}

function parseJson(bytes: Uint8Array): { readonly json: unknown } | { readonly problem: string } {
  try {
    return { json: parseExactJson(exactTextOf(bytes)) };
  } catch (error) {
    return { problem: messageOf(error) };
  }
}
