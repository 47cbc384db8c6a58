/**
 * Lists the keys that a cache holds under its prefix, for audits, and removes
 * values that are not entries. Nothing else is ever removed from outside of the
 * protocol: removing a single fence or copy would break it.
 */
import { Cluster, type Redis } from "ioredis";
import { chunked } from "../by-position.ts";
import type { Random } from "../ports/clock.ts";
import { cacheErrorOf } from "./cache-errors.ts";
import { decodeEntry } from "./entry-codec.ts";
import type { ValkeyCache } from "./valkey-cache.ts";

export interface CacheKeys {
  /**
   * Up to `keysMax` keys that begin with `start`, without the prefix. Each of the first {@link SCANNED_MAX} keys is
   * equally likely. @throws CoreError CACHE_UNAVAILABLE
   */
  sample(start: string, options: { readonly keysMax: number; readonly random: Random }): Promise<readonly string[]>;
  /** The keys of all entries, in pieces; a key may come twice. @throws CoreError CACHE_UNAVAILABLE */
  all(): AsyncIterable<readonly string[]>;
  /** Those of these keys under which there is a value that is not an entry. @throws CoreError */
  foreignAmong(keys: readonly string[]): Promise<readonly string[]>;
  /** Removes the value if it still is not an entry. True when it was removed. @throws CoreError */
  removeForeign(key: string): Promise<boolean>;
}

/** Keys that one sample looks at. */
const SCANNED_MAX = 2_000_000;
const SCAN_COUNT = 1_000;
const KEYS_PER_PIPELINE = 500;
/** Stands directly before an entry's key. */
const ENTRY_MARK = "e:";

/**
 * KEYS[1] is the key, ARGV[1] the bytes that were seen there, or '' for a value that is not a string. The value is
 * removed only while it is still the one that was seen: it may have become an entry meanwhile.
 */
const REMOVE_SEEN = `
local kind = redis.call('TYPE', KEYS[1]).ok
if kind == 'none' then return 0 end
if kind == 'string' and redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`;

type Client = Redis | Cluster;

/** `cache` is the cache that uses this client and this prefix. */
export function createCacheKeys(
  client: Client,
  { cache, prefix }: { readonly cache: ValkeyCache; readonly prefix: string },
): CacheKeys {
  const entryPrefixes = new Set(cache.entryPrefixes);
  const keyOf = (name: string): string | null => {
    const end = name.indexOf(ENTRY_MARK, prefix.length) + ENTRY_MARK.length;
    return entryPrefixes.has(name.slice(0, end)) ? name.slice(end) : null;
  };
  return {
    all: () => allKeys(client, { prefix, start: "", keyOf }),
    sample: (start, options) => told("scan", () => sample(client, { prefix, start, keyOf, ...options })),
    foreignAmong: (keys) => told("look for what is not an entry", () => foreignAmong(client, cache, keys)),
    removeForeign: (key) => told("remove what is not an entry", () => removeForeign(client, cache.entryNameOf(key))),
  };
}

async function told<Value>(doing: string, run: () => Promise<Value>): Promise<Value> {
  try {
    return await run();
  } catch (error) {
    throw cacheErrorOf(error, doing);
  }
}

interface ScanOptions {
  readonly prefix: string;
  readonly start: string;
  /** Null for a name that is not an entry's. */
  readonly keyOf: (name: string) => string | null;
}

interface SampleOptions extends ScanOptions {
  readonly keysMax: number;
  readonly random: Random;
}

/**
 * A reservoir over one scan of every primary. A scan may give a key twice; the key may then be in the reservoir twice,
 * and is returned once.
 */
async function sample(client: Client, options: SampleOptions): Promise<readonly string[]> {
  const { keysMax, random } = options;
  const kept: string[] = [];
  let seen = 0;
  for await (const keys of scan(client, options)) {
    for (const key of keys) {
      seen += 1;
      const at = kept.length < keysMax ? kept.length : Math.floor(random() * seen);
      if (at < keysMax) kept[at] = key;
    }
    if (seen >= SCANNED_MAX) break;
  }
  return [...new Set(kept)];
}

async function* allKeys(client: Client, options: ScanOptions): AsyncGenerator<readonly string[], void> {
  try {
    yield* scan(client, options);
  } catch (error) {
    throw cacheErrorOf(error, "scan");
  }
}

async function* scan(client: Client, options: ScanOptions): AsyncGenerator<readonly string[], void> {
  for (const primary of client instanceof Cluster ? client.nodes("master") : [client]) yield* keysOn(primary, options);
}

async function* keysOn(primary: Redis, { prefix, start, keyOf }: ScanOptions): AsyncGenerator<readonly string[], void> {
  const pattern = `${escaped(prefix)}*${ENTRY_MARK}${escaped(start)}*`;
  let cursor = "0";
  do {
    const [next, names] = await primary.scan(cursor, "MATCH", pattern, "COUNT", SCAN_COUNT);
    yield names.map(keyOf).filter((key) => key?.startsWith(start) === true) as readonly string[];
    cursor = next;
  } while (cursor !== "0");
}

/** Escapes the characters that have a meaning in the patterns of SCAN. */
function escaped(text: string): string {
  return text.replaceAll(/[\\*?[\]^-]/g, (sign) => `\\${sign}`);
}

async function foreignAmong(client: Client, cache: ValkeyCache, keys: readonly string[]): Promise<readonly string[]> {
  const foreign: string[] = [];
  for (const chunk of chunked(keys, KEYS_PER_PIPELINE)) {
    const seen = await Promise.all(chunk.map((key) => seenAt(client, cache.entryNameOf(key))));
    foreign.push(...chunk.filter((_, index) => seen[index] !== null && seen[index] !== undefined));
  }
  return foreign;
}

async function removeForeign(client: Client, name: string): Promise<boolean> {
  const seen = await seenAt(client, name);
  return seen !== null && Number(await client.call("eval", REMOVE_SEEN, 1, name, seen)) === 1;
}

/**
 * The bytes of a string that is not an entry; no bytes for a value that is not a string; null for an entry and for
 * nothing.
 */
async function seenAt(client: Client, name: string): Promise<Buffer | null> {
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
