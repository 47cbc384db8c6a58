/**
 * The messages that kafkajs gets for a partition's part of a fetch: messages of
 * its shape around our records. For our own topics one message has all records
 * of the part, because kafkajs spends more on a message than we do on a record.
 * Two kinds stand for something else. A hidden
 * message, like a control record, moves the position over offsets without
 * records. A message with an `incident` is the only one of its fetch.
 */
import type { IHeaders } from "kafkajs";
import type { StreamRecord } from "../stream-source.ts";
import type { UnreadableBatch } from "./read-log.ts";

export type FetchIncident =
  | ({ readonly kind: "unreadable"; readonly endOffset: bigint } & UnreadableBatch)
  /** The partition does not have the offset: it begins after it, or ends before it. */
  | { readonly kind: "out-of-range" };

const NO_RECORD: Omit<StreamRecord, "offset"> = { timestampMs: null, key: null, value: null, headers: [] };

export class FetchedMessage {
  /** The only record, or the last one. */
  readonly record: StreamRecord;
  readonly records: readonly StreamRecord[];
  /** kafkajs shows no such message to a handler, but counts its offset. */
  readonly isControlRecord: boolean;
  readonly incident: FetchIncident | null;
  readonly offset: string;
  readonly attributes = 0;

  constructor(
    record: StreamRecord,
    kind: {
      readonly isHidden?: boolean;
      readonly incident?: FetchIncident;
      readonly records?: readonly StreamRecord[];
    } = {},
  ) {
    this.record = record;
    this.records = kind.records ?? [record];
    this.isControlRecord = kind.isHidden ?? false;
    this.incident = kind.incident ?? null;
    this.offset = String(record.offset);
  }

  /** As few messages as possible; none where there is no record. */
  static ofAll(records: readonly StreamRecord[]): readonly FetchedMessage[] {
    const last = records.at(-1);
    return last === undefined ? [] : [new FetchedMessage(last, { records })];
  }

  static hiddenAt(offset: bigint): FetchedMessage {
    return new FetchedMessage({ ...NO_RECORD, offset }, { isHidden: true });
  }

  static incidentAt(offset: bigint, incident: FetchIncident): FetchedMessage {
    return new FetchedMessage({ ...NO_RECORD, offset }, { incident });
  }

  get key(): Uint8Array | null {
    return this.record.key;
  }

  get value(): Uint8Array | null {
    return this.record.value;
  }

  get timestamp(): string {
    return String(this.record.timestampMs ?? -1);
  }

  /** For consumers of the same process that are not ours. */
  get headers(): IHeaders {
    const byName = Map.groupBy(this.record.headers, ({ name }) => name);
    const own = [...byName].map(([name, all]) => {
      const values = all.map(({ value }) => (value === null ? undefined : Buffer.from(value)));
      return [name, values.length === 1 ? values[0] : values.filter((value) => value !== undefined)] as const;
    });
    return Object.fromEntries(own);
  }
}
