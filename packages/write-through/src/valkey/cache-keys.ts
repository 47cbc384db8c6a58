/**
 * The keys that a cache holds under its prefix, for audits; and the removal of
 * what is no entry, which is the only thing that is ever removed from outside
 * of the protocol. A fence or a copy that is removed singly is a hole in it.
 */
import { Cluster, type Redis } from "ioredis";
import { chunked } from "../chunked.ts";
import type { Random } from "../ports/clock.ts";
import { cacheErrorOf } from "./cache-errors.ts";
import { decodeEntry } from "./entry-codec.ts";
import type { ValkeyCache } from "./valkey-cache.ts";

export interface CacheKeys {
  /**
   * Up to `keysMax` keys that begin with `start`, without the prefix, each as likely as another among the first
   * {@link SCANNED_MAX}. @throws CoreError CACHE_UNAVAILABLE
   */
  sample(start: string, options: { readonly keysMax: number; readonly random: Random }): Promise<readonly string[]>;
  /** Every key of an entry, in pieces, some perhaps twice. @throws CoreError CACHE_UNAVAILABLE */
  all(): AsyncIterable<readonly string[]>;
  /** Of these keys, those under which there is something that is not an entry. @throws CoreError */
  foreignAmong(keys: readonly string[]): Promise<readonly string[]>;
  /** Removes what is there if it still is not an entry. True when it was removed. @throws CoreError */
  removeForeign(key: string): Promise<boolean>;
}

/** Keys that one sample looks at. */
const SCANNED_MAX = 2_000_000;
const SCAN_COUNT = 1_000;
const KEYS_PER_PIPELINE = 500;
/** Ends what stands before an entry's key. */
const ENTRY_MARK = "e:";

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

type Client = Redis | Cluster;

/** `cache` is the one that goes over this client, and has this prefix. */
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
  /** Null for what is no entry's name. */
  readonly keyOf: (name: string) => string | null;
}

interface SampleOptions extends ScanOptions {
  readonly keysMax: number;
  readonly random: Random;
}

/** A reservoir over one scan of every primary; a key that a scan gives twice may be there twice, and is given once. */
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

/** What has a meaning in the patterns of SCAN. */
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

/** The bytes of a string that is not an entry, none for what is not a string; null for an entry and for nothing. */
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
