/**
 * Faults inside of the cache: it forgets its scripts, or has too little memory.
 * A fence for a key that nobody reads or writes stands through all of them, and
 * shows that entries which must not be evicted are not.
 */
import { setTimeout as delay } from "node:timers/promises";
import { systemClock } from "@trilane/write-through";
import { versionOf } from "@trilane/write-through/testing";
import { cacheClientOptions, ValkeyCache } from "@trilane/write-through/valkey";
import { Redis } from "ioredis";

const WATCHED_KEY = "torture#fence";
const WATCHED_VERSION = versionOf(1);
const WATCHED_ID = "torturefence0000";
const SQUEEZE_MS = 400;
/** The share of its memory, beyond that of an empty server, that the cache may keep. */
const KEPT_SHARE = 0.6;
/** The memory beyond the present use while nothing is squeezed; it is so small that the cache also evicts by itself. */
const ROOM_BYTES = 2_000_000;

export class CacheFaults {
  readonly #client: Redis;
  readonly #cache: ValkeyCache;
  readonly #fenceKey: string;
  #emptyBytes = 0;

  private constructor(client: Redis, options: { readonly prefix: string }) {
    this.#client = client;
    this.#cache = new ValkeyCache(client, systemClock, { prefix: options.prefix });
    this.#fenceKey = `${options.prefix}e:${WATCHED_KEY}`;
  }

  /** Sets the memory limit and the watched fence. */
  static async open(options: {
    readonly url: string;
    readonly prefix: string;
    readonly epoch: number;
  }): Promise<CacheFaults> {
    const client = new Redis(options.url, cacheClientOptions({ commandTimeoutMs: 10_000, connectTimeoutMs: 5_000 }));
    client.on("error", () => undefined);
    await client.connect();
    const faults = new CacheFaults(client, options);
    faults.#emptyBytes = await faults.#usedBytes();
    await faults.#limit(faults.#emptyBytes + ROOM_BYTES);
    const [reply] = await faults.#cache.fence(options.epoch, [
      { key: WATCHED_KEY, version: WATCHED_VERSION, id: WATCHED_ID },
    ]);
    if (reply?.kind !== "fenced") throw new Error("the watched fence could not be set");
    return faults;
  }

  /** Makes the next call of each script find it missing. Returns 1; 0 where the cache did not answer. */
  async flushScripts(): Promise<number> {
    return this.#attempt(async () => {
      await this.#client.script("FLUSH");
      return 1;
    });
  }

  /** Evicts by a limit below the present use, and returns the number of evicted keys. */
  async squeezeMemory(): Promise<number> {
    return this.#attempt(async () => {
      const before = await this.#evictedKeys();
      const used = await this.#usedBytes();
      await this.#limit(this.#emptyBytes + (used - this.#emptyBytes) * KEPT_SHARE);
      await delay(SQUEEZE_MS);
      await this.#limit(this.#emptyBytes + ROOM_BYTES);
      return (await this.#evictedKeys()) - before;
    });
  }

  /** True while the watched fence is there, byte by byte, even if another epoch has begun meanwhile. */
  async isFenceThere(): Promise<boolean> {
    const entry = (await this.#client.getBuffer(this.#fenceKey))?.toString("latin1") ?? "";
    return entry.startsWith("F") && entry.includes(WATCHED_VERSION) && entry.endsWith(WATCHED_ID);
  }

  /** The number of keys evicted since the server's start. */
  evicted(): Promise<number> {
    return this.#evictedKeys();
  }

  close(): void {
    this.#client.disconnect();
  }

  async #attempt(cause: () => Promise<number>): Promise<number> {
    try {
      return await cause();
    } catch {
      return 0;
    }
  }

  async #limit(bytes: number): Promise<void> {
    await this.#client.config("SET", "maxmemory", String(Math.round(bytes)));
  }

  async #usedBytes(): Promise<number> {
    return field(await this.#client.info("memory"), "used_memory");
  }

  async #evictedKeys(): Promise<number> {
    return field(await this.#client.info("stats"), "evicted_keys");
  }
}

function field(info: string, name: string): number {
  const text = new RegExp(`^${name}:(\\d+)`, "m").exec(info)?.[1];
  if (text === undefined) throw new Error(`the cache does not say its ${name}`);
  return Number(text);
}
