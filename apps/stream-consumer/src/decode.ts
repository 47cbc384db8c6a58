/**
 * Decodes a message into a change of its topic's group. A JSON value is a put;
 * no value is a delete of the entity that the JSON key names. It never throws:
 * a message that cannot be decoded is an outcome.
 */
import { type FeatureChange, messagePlace, parseExactJson } from "@trilane/feature-groups";
import { messageOf } from "@trilane/write-through";
import { otherSerializationOf } from "./other-serialization.ts";
import type { StreamRecord } from "./stream-source.ts";

export type UndecodableReason =
  /** The value is not JSON in UTF-8. */
  | "undecodable-value"
  /** The key of a delete is absent, or is no JSON object with the key fields. */
  | "undecodable-key";

export type DecodedMessage = { readonly kind: "change"; readonly change: FeatureChange } | UndecodableMessage;

export interface UndecodableMessage {
  readonly kind: "undecodable";
  readonly reason: UndecodableReason;
  readonly detail: string;
  /** The serialization of a value that is plainly not JSON; null otherwise. */
  readonly serialization: string | null;
}

const US_PER_MS = 1_000;
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The origin of a message, and the group that it is for. */
export interface MessageSource {
  readonly group: string;
  readonly partition: number;
}

export function decodeMessage(record: StreamRecord, { group, partition }: MessageSource): DecodedMessage {
  const { value, key, timestampMs, offset } = record;
  const place = messagePlace({ timestampMs, partition, offset });
  const sourceTimeUs = timestampMs === null ? undefined : timestampMs * US_PER_MS;
  if (value !== null) {
    const parsed = parseJson(value);
    if ("problem" in parsed) return undecodableValue(value, parsed.problem);
    return { kind: "change", change: { kind: "put", group, input: parsed.json, sourceTimeUs, place } };
  }
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
  return { kind: "change", change: { kind: "delete", group, input: parsed.json, sourceTimeUs, place } };
}

function undecodableValue(value: Uint8Array, problem: string): UndecodableMessage {
  const serialization = otherSerializationOf(value);
  const detail =
    serialization === null ? `the value is not JSON: ${problem}` : `the value is not JSON but ${serialization}`;
  return { kind: "undecodable", reason: "undecodable-value", detail, serialization };
}

function undecodable(reason: UndecodableReason, detail: string): UndecodableMessage {
  return { kind: "undecodable", reason, detail, serialization: null };
}

function parseJson(bytes: Uint8Array): { readonly json: unknown } | { readonly problem: string } {
  try {
    const text = utf8.decode(bytes);
    return { json: parseExactJson(text) };
  } catch (error) {
    return { problem: messageOf(error) };
  }
}
