/** From kafkajs's message to a record, byte for byte. */
import type { IHeaders, KafkaMessage } from "kafkajs";
import type { RecordHeader, StreamRecord } from "../stream-source.ts";

export function recordOf({ offset, key, value, timestamp, headers }: KafkaMessage): StreamRecord {
  const timestampMs = Number(timestamp);
  return {
    offset: BigInt(offset),
    timestampMs: timestampMs >= 0 ? timestampMs : null,
    key,
    value,
    headers: headersOf(headers ?? {}),
  };
}

/**
 * A name that comes several times has a list. So has one that every object knows, such as `constructor`: kafkajs
 * takes what it inherits for a value that came before.
 */
function headersOf(headers: IHeaders): readonly RecordHeader[] {
  return Object.entries(headers).flatMap(([name, given]) => {
    const values: readonly unknown[] = Array.isArray(given) ? given : [given];
    return values.flatMap((value): readonly RecordHeader[] => {
      if (value === null || value instanceof Uint8Array) return [{ name, value }];
      return typeof value === "string" ? [{ name, value: Buffer.from(value) }] : [];
    });
  });
}
