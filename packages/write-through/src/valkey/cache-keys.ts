/**
 * The keys that a cache holds under its prefix, for audits; and the removal of
 * what is no entry, which is the only thing that is ever removed from outside
 * of the protocol. A fence or a copy that is removed singly is a hole in it.
 */
import type { Redis } from "ioredis";
import { chunked } from "../chunked.ts";
import type { Random } from "../ports/clock.ts";
import { cacheErrorOf } from "./cache-errors.ts";
import { decodeEntry } from "./entry-codec.ts";

export interface CacheKeys {
  /**
   * Up to `keysMax` keys that begin with `start`, without the prefix, each as likely as another among the first
   * {@link SCANNED_MAX}. @throws CoreError CACHE_UNAVAILABLE
   */
  sample(start: string, options: { readonly keysMax: number; readonly random: Random }): Promise<readonly string[]>;
  /** Of these keys, those under which there is something that is not an entry. @throws CoreError */
  foreignAmong(keys: readonly string[]): Promise<readonly string[]>;
  /** Removes what is there if it still is not an entry. True when it was removed. @throws CoreError */
  removeForeign(key: string): Promise<boolean>;
}

/** Keys that one sample looks at. */
const SCANNED_MAX = 2_000_000;
const SCAN_COUNT = 1_000;
const KEYS_PER_PIPELINE = 500;

/**
 * KEYS[1] the key, ARGV[1] the bytes that were seen there, or '' for what is not a string.
 * Removed only while it is what was seen: it may have become an entry meanwhile.
 */
const REMOVE_SEEN = `
local kind = redis.call('TYPE', KEYS[1]).ok
if kind == 'none' then return 0 end
if kind == 'string' and redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`;

/** `prefix` as of the cache. */
export function createCacheKeys(client: Redis, { prefix }: { readonly prefix: string }): CacheKeys {
  const entries = `${prefix}e:`;
  return {
    sample: (start, options) => told("scan", () => sample(client, { entries, start, ...options })),
    foreignAmong: (keys) => told("look for what is not an entry", () => foreignAmong(client, entries, keys)),
    removeForeign: (key) => told("remove what is not an entry", () => removeForeign(client, `${entries}${key}`)),
  };
}

async function told<Value>(doing: string, run: () => Promise<Value>): Promise<Value> {
  try {
    return await run();
  } catch (error) {
    throw cacheErrorOf(error, doing);
  }
}

interface SampleOptions {
  readonly entries: string;
  readonly start: string;
  readonly keysMax: number;
  readonly random: Random;
}

/** A reservoir over one scan; a key that the scan gives twice may be there twice, and is given once. */
async function sample(client: Redis, { entries, start, keysMax, random }: SampleOptions): Promise<readonly string[]> {
  const kept: string[] = [];
  let seen = 0;
  let cursor = "0";
  do {
    const [next, keys] = await client.scan(cursor, "MATCH", `${escaped(entries + start)}*`, "COUNT", SCAN_COUNT);
    for (const key of keys) {
      seen += 1;
      const at = kept.length < keysMax ? kept.length : Math.floor(random() * seen);
      if (at < keysMax) kept[at] = key.slice(entries.length);
    }
    cursor = next;
  } while (cursor !== "0" && seen < SCANNED_MAX);
  return [...new Set(kept)];
}

/** What has a meaning in the patterns of SCAN. */
function escaped(text: string): string {
  return text.replaceAll(/[\\*?[\]^-]/g, (sign) => `\\${sign}`);
}

async function foreignAmong(client: Redis, entries: string, keys: readonly string[]): Promise<readonly string[]> {
  const foreign: string[] = [];
  for (const chunk of chunked(keys, KEYS_PER_PIPELINE)) {
    const seen = await Promise.all(chunk.map((key) => seenAt(client, `${entries}${key}`)));
    foreign.push(...chunk.filter((_, index) => seen[index] !== null && seen[index] !== undefined));
  }
  return foreign;
}

async function removeForeign(client: Redis, name: string): Promise<boolean> {
  const seen = await seenAt(client, name);
  return seen !== null && Number(await client.call("eval", REMOVE_SEEN, 1, name, seen)) === 1;
}

/** The bytes of a string that is not an entry, none for what is not a string; null for an entry and for nothing. */
async function seenAt(client: Redis, name: string): Promise<Buffer | null> {
  const [kind, bytes] = await Promise.all([client.type(name), client.getBuffer(name).catch(() => null)]);
  if (kind === "none") return null;
  if (bytes === null) return kind === "string" ? null : Buffer.alloc(0);
  try {
    decodeEntry(bytes);
    return null;
  } catch {
    return bytes;
  }
}
