/** One record of a batch on its way to its receipt, and what each step of the write adds to it. */
import type { CacheLifetime } from "../cache-lifetime.ts";
import type { CoreError } from "../errors.ts";
import type { CorePorts } from "../ports/core-ports.ts";
import type { StoredBody, StoredCopy } from "../ports/store.ts";
import type { CacheEpochHold } from "../protocol/cache-epoch-plan.ts";
import type { VersionedWrite, WriteOutcome, WritePlan } from "../protocol/write-plan.ts";
import type { Receipt } from "./receipts.ts";
import type { WriteRecord } from "./records.ts";

/** The values that all batches of a writer share. */
export interface WriteContext {
  readonly ports: CorePorts;
  readonly lifetime: CacheLifetime;
  readonly plan: WritePlan;
}

export interface PendingWrite {
  readonly record: WriteRecord;
  readonly write: VersionedWrite<StoredBody>;
  /** Null until a step has decided the receipt. A step that is taken again may replace its own failure. */
  receipt: Receipt | null;
}

/** A write that may go to the store. */
export interface FencedWrite {
  readonly pending: PendingWrite;
  /** Null while the cache is off: the record is stored without a fence. */
  readonly hold: CacheEpochHold | null;
  readonly replacedClean: boolean;
}

/** A write for which the store has answered that it holds `copy`. The next step tells the cache. */
export interface StoredWrite {
  readonly pending: PendingWrite;
  readonly hold: CacheEpochHold | null;
  readonly outcome: WriteOutcome;
  readonly copy: StoredCopy;
  /** Whether the write plan leaves a copy in the cache. */
  readonly keep: boolean;
}

export function pendingWriteOf(record: WriteRecord): PendingWrite {
  const { version, payload, expiresAtMs, populate } = record;
  return { record, write: { version, body: { payload, expiresAtMs }, populate }, receipt: null };
}

export function acknowledge(pending: PendingWrite, outcome: WriteOutcome): void {
  pending.receipt = { ...outcome, version: pending.record.version };
}

export function failWrite(pending: PendingWrite, error: CoreError): void {
  pending.receipt = { status: "failed", error };
}

/** Whether the person of the record was erased, as far as this process knows. */
export function isErased({ subject, version }: WriteRecord, { cacheEpoch }: Pick<CorePorts, "cacheEpoch">): boolean {
  return cacheEpoch.erasures.refuses(subject, version);
}

export function refuseErased(pending: PendingWrite): void {
  pending.receipt = { status: "erased", version: pending.record.version };
}
