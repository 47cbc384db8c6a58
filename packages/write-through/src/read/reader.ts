/**
 * The reader: linearizable reads per key, from the cache where it may answer.
 *
 * All reads of one turn of the event loop gather, and share one GET of their
 * keys and one check of the guard. A key that the cache cannot answer takes a
 * lease or meets a fence, is read from the store, and is filled or raised in
 * the cache before it is answered. The steps are in `protocol/read-plan.ts`.
 *
 * A read joins only a batch that has not been sent (rule 9): a batch under way
 * may have been read before a write that this read must see. The process keeps
 * no copies from which it answers.
 */
import { type Explanation, explainKey } from "../audit/explain.ts";
import { type CacheLifetime, cacheLifetimeDefaults } from "../cache-lifetime.ts";
import { CoreError } from "../errors.ts";
import type { CorePorts } from "../ports/core-ports.ts";
import { Gathering } from "./gathering.ts";
import type { ReadContext } from "./pending-read.ts";
import { readBatch } from "./read-batch.ts";
import type { ReadResult } from "./read-result.ts";

export interface ReaderLimits {
  /** Keys in one batch. Further keys go in the next batch. */
  readonly batchMax: number;
  /** Milliseconds that a reader's lease lives, which is longer than a store read takes. */
  readonly leaseMs: number;
}

const DEFAULTS: ReaderLimits = { batchMax: 1_000, leaseMs: 5_000 };

export interface ReaderOptions {
  readonly limits?: Partial<ReaderLimits>;
  readonly lifetime?: Partial<CacheLifetime>;
}

export class Reader {
  readonly #context: ReadContext;
  readonly #batchMax: number;
  /** The gathering that has not been sent; null where no read waits. */
  #gathering: Gathering | null = null;

  constructor(ports: CorePorts, { limits, lifetime }: ReaderOptions = {}) {
    const { batchMax, leaseMs } = { ...DEFAULTS, ...limits };
    this.#context = { ports, lifetime: { ...cacheLifetimeDefaults, ...lifetime }, leaseMs };
    this.#batchMax = batchMax;
  }

  /** True where every copy from the cache was already compared with its version. */
  get checksCopies(): boolean {
    return this.#context.ports.cache.checksCopies === true;
  }

  /** Reads one key. Never rejects. */
  readOne(key: string): Promise<ReadResult> {
    return new Promise((resolve) => this.#open().addOne(key, resolve));
  }

  /** Reads any number of keys, of which some may be equal; one result per key, in order. Never rejects. */
  async read(keys: readonly string[]): Promise<readonly ReadResult[]> {
    if (keys.length === 0) return [];
    const parts: Promise<readonly ReadResult[]>[] = [];
    for (let at = 0; at < keys.length;) {
      const { end, results } = this.#open().addSome(keys, at);
      parts.push(results);
      at = end;
    }
    const [first, ...others] = parts;
    if (first !== undefined && others.length === 0) return first;
    return (await Promise.all(parts)).flat();
  }

  /** Shows both sides of one key, and changes neither. */
  explain(key: string): Promise<Explanation> {
    return explainKey(key, this.#context.ports);
  }

  /** The gathering that a read joins. If it replaces a full one, that one is sent at the end of the turn as well. */
  #open(): Gathering {
    if (this.#gathering !== null && !this.#gathering.isFull) return this.#gathering;
    const gathering = new Gathering(this.#batchMax);
    this.#gathering = gathering;
    this.#context.ports.clock.schedule(0, () => {
      if (this.#gathering === gathering) this.#gathering = null;
      void this.#answer(gathering);
    });
    return gathering;
  }

  async #answer(gathering: Gathering): Promise<void> {
    gathering.answer(await this.#readDistinct(gathering.keys));
  }

  /** Every caller gets a result, even where a port throws. */
  async #readDistinct(keys: readonly string[]): Promise<readonly ReadResult[]> {
    try {
      return await readBatch(keys, this.#context);
    } catch (cause) {
      return keys.map((key) => unread(key, cause));
    }
  }
}

function unread(key: string, cause: unknown): ReadResult {
  const error = new CoreError("STORE_UNAVAILABLE", `the read of "${key}" ended without an answer`, { cause });
  return { kind: "failed", error };
}
