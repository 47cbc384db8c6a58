/**
 * One key of a read on its way to its result, and what each step of the read
 * adds to it.
 */
import type { CacheLifetime } from "../cache-lifetime.ts";
import type { CoreError } from "../errors.ts";
import type { CorePorts } from "../ports/core-ports.ts";
import type { StoredCopy } from "../ports/store.ts";
import type { CacheObservation } from "../protocol/cache-epoch-plan.ts";
import type { ReadResult, ReadSource } from "./read-result.ts";

/** The values that all batches of a reader share. */
export interface ReadContext {
  readonly ports: CorePorts;
  readonly lifetime: CacheLifetime;
  /** Milliseconds that a reader's lease of a key lives. */
  readonly leaseMs: number;
}

export interface PendingRead {
  readonly key: string;
  /** Null until a step has decided the result. */
  result: ReadResult | null;
  /** The last erasure in force that this process knew before it read the copy. */
  asOf: number;
  /** A copy that was read, of which it is not known whether it is erased. */
  doubt: ReadCopy | null;
}

export interface ReadCopy {
  readonly copy: StoredCopy;
  readonly source: ReadSource;
}

/** The cache could not answer: the key is read from the store. */
export interface CacheMiss {
  readonly pending: PendingRead;
  /** Null for a read that goes without the cache. */
  readonly observation: CacheObservation | null;
}

/** The store has answered with `copy`. The next step tells the cache. */
export interface StoreAnswer extends CacheMiss {
  readonly copy: StoredCopy;
}

export interface PortFailure {
  readonly port: "store" | "cache";
  readonly step: string;
  readonly error: CoreError;
}

export function failRead(pending: PendingRead, failure: PortFailure, { emit }: Pick<CorePorts, "emit">): void {
  pending.result = { kind: "failed", error: failure.error };
  emit({ type: "port-failed", ...failure });
}
