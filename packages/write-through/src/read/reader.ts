/**
 * The reader: linearizable reads per key, from the cache where it may answer.
 *
 * Life of a read: reads of one turn share one GET of all their keys and one
 * check of the guard; what the cache cannot answer takes a lease or meets a
 * fence, is read from the store, and is filled or raised in the cache before
 * it is answered. The steps are in `protocol/read-plan.ts`.
 *
 * A read joins only a batch that has not been sent (rule 9): what is under way
 * may have been read before a write that this read must see. There is no copy
 * in the process.
 */
import { type CacheLifetime, cacheLifetimeDefaults } from "../cache-lifetime.ts";
import { CoreError } from "../errors.ts";
import { type Explanation, explainKey } from "../audit/explain.ts";
import type { Cache } from "../ports/cache.ts";
import type { Clock, NextId, Random } from "../ports/clock.ts";
import type { EmitEvent } from "../ports/events.ts";
import type { Store } from "../ports/store.ts";
import { type ReadPlan, readPlan } from "../protocol/read-plan.ts";
import type { Version } from "../protocol/version.ts";
import { readBatch } from "./read-batch.ts";
import type { CacheEpochAccess } from "../cache-epoch/cache-epoch-access.ts";

export interface ReaderPorts {
  readonly store: Store;
  readonly cache: Cache;
  readonly clock: Clock;
  readonly random: Random;
  readonly nextId: NextId;
  readonly emit: EmitEvent;
  readonly cacheEpoch: CacheEpochAccess;
}

export interface ReaderLimits {
  /** Keys in one batch; what comes beyond goes in the next. */
  readonly batchMax: number;
  /** Milliseconds that a reader's lease lives: longer than a store read takes. */
  readonly leaseMs: number;
}

export const readerLimitsDefaults: ReaderLimits = { batchMax: 1_000, leaseMs: 5_000 };

export interface ReaderOptions {
  readonly limits?: Partial<ReaderLimits>;
  readonly lifetime?: Partial<CacheLifetime>;
  /** For the verification, which takes rules away. */
  readonly plan?: ReadPlan;
}

export type ReadSource = "cache" | "store";

export type ReadResult =
  | {
      readonly kind: "found";
      readonly version: Version;
      readonly payload: Uint8Array;
      readonly expiresAtMs: number;
      readonly source: ReadSource;
    }
  /** No record: `version` is `NO_VERSION`, a tombstone's, or that of an expired record. */
  | { readonly kind: "absent"; readonly version: Version; readonly source: ReadSource }
  | { readonly kind: "failed"; readonly error: CoreError };

interface Gathering {
  readonly keys: Map<string, ((result: ReadResult) => void)[]>;
}

export class Reader {
  readonly #ports: ReaderPorts;
  readonly #limits: ReaderLimits;
  readonly #lifetime: CacheLifetime;
  readonly #plan: ReadPlan;
  #gathering: Gathering | null = null;

  constructor(ports: ReaderPorts, options: ReaderOptions = {}) {
    this.#ports = ports;
    this.#limits = { ...readerLimitsDefaults, ...options.limits };
    this.#lifetime = { ...cacheLifetimeDefaults, ...options.lifetime };
    this.#plan = options.plan ?? readPlan;
  }

  get checksCopies(): boolean {
    return this.#ports.cache.checksCopies === true;
  }

  /** Reads one key, together with all reads of the same turn. Never rejects. */
  readOne(key: string): Promise<ReadResult> {
    return new Promise((resolve) => this.#join(key, resolve));
  }

  /** Reads any number of keys; one result per key, in order; a key may come twice. Never rejects. */
  async read(keys: readonly string[]): Promise<readonly ReadResult[]> {
    const distinct = [...new Set(keys)];
    if (distinct.length === keys.length && keys.length <= this.#limits.batchMax) return this.#readDistinct(keys);
    const results = new Map<string, ReadResult>();
    const batches: Promise<void>[] = [];
    for (let start = 0; start < distinct.length; start += this.#limits.batchMax) {
      batches.push(this.#readInto(results, distinct.slice(start, start + this.#limits.batchMax)));
    }
    await Promise.all(batches);
    return keys.map((key) => results.get(key) ?? unread(key));
  }

  /** Both sides of one key, side by side, changing neither. */
  explain(key: string): Promise<Explanation> {
    return explainKey(key, this.#ports);
  }

  #join(key: string, resolve: (result: ReadResult) => void): void {
    let gathering = this.#gathering;
    if (gathering === null || gathering.keys.size >= this.#limits.batchMax) {
      gathering = this.#gather();
    }
    const waiting = gathering.keys.get(key);
    if (waiting === undefined) gathering.keys.set(key, [resolve]);
    else waiting.push(resolve);
  }

  #gather(): Gathering {
    const gathering: Gathering = { keys: new Map() };
    this.#gathering = gathering;
    this.#ports.clock.schedule(0, () => {
      if (this.#gathering === gathering) this.#gathering = null;
      void this.#answer(gathering);
    });
    return gathering;
  }

  async #answer({ keys }: Gathering): Promise<void> {
    const results = await this.#readDistinct([...keys.keys()]);
    let index = 0;
    for (const [key, waiting] of keys) {
      const result = results[index] ?? unread(key);
      for (const resolve of waiting) resolve(result);
      index += 1;
    }
  }

  async #readInto(results: Map<string, ReadResult>, keys: readonly string[]): Promise<void> {
    const batch = await this.#readDistinct(keys);
    keys.forEach((key, index) => results.set(key, batch[index] ?? unread(key)));
  }

  /** Whatever happens, nobody is left waiting. */
  async #readDistinct(keys: readonly string[]): Promise<readonly ReadResult[]> {
    try {
      return await readBatch(keys, {
        ports: this.#ports,
        lifetime: this.#lifetime,
        plan: this.#plan,
        leaseMs: this.#limits.leaseMs,
      });
    } catch (cause) {
      return keys.map((key) => unread(key, cause));
    }
  }
}

function unread(key: string, cause?: unknown): ReadResult {
  const error = new CoreError("STORE_UNAVAILABLE", `the read of "${key}" ended without an answer`, { cause });
  return { kind: "failed", error };
}
