/** The contract of every cache adapter. `open` gives a cache whose guard is not set. */
import { expect, it } from "vitest";
import type { Cache, CacheEntry } from "../ports/cache.ts";
import { ModelKey, runOnCache, sampleCommand } from "./cache-commands.ts";
import { copyOf, versionOf } from "./sample-records.ts";
import { seededRandom } from "./seeded-random.ts";

export interface CacheContractOptions {
  readonly open: () => Promise<Cache>;
  /** Random command sequences to compare with the pure transitions. */
  readonly sequences: number;
  readonly seed: number;
}

const COMMANDS_PER_SEQUENCE = 24;
const SEQUENCES_AT_ONCE = 64;
const TTL_MS = 60_000;

export function cacheContract(options: CacheContractOptions): void {
  const { open, sequences, seed } = options;

  it(`agrees with the pure transitions on ${sequences} random sequences of ${COMMANDS_PER_SEQUENCE} commands (seed ${seed})`, async () => {
    const cache = await open();
    await cache.begin(1);
    const runs = Array.from({ length: sequences }, (_, index) => ({
      key: `sequence-${index}`,
      random: seededRandom(seed + index),
      model: new ModelKey(),
    }));
    const half = async (epoch: number): Promise<void> => {
      for (let start = 0; start < runs.length; start += SEQUENCES_AT_ONCE) {
        const some = runs.slice(start, start + SEQUENCES_AT_ONCE);
        await Promise.all(some.map((run) => compare(cache, epoch, run)));
      }
    };
    await half(1);
    // What the first epoch left counts as absent in the second.
    expect(await cache.begin(2)).toEqual({ kind: "settled" });
    await half(2);
  });

  it("runs many keys per call as it runs one", async () => {
    const cache = await open();
    await cache.begin(1);
    const keys = Array.from({ length: 1_203 }, (_, index) => `many-${index}`);
    const fences = await cache.fence(
      1,
      keys.map((key) => ({ key, version: versionOf(2), id: `id-${key}` })),
    );
    expect(fences).toEqual(keys.map((key) => ({ kind: "fenced", id: `id-${key}`, replacedClean: false })));
    await cache.publish(
      1,
      keys.map((key) => ({ key, id: `id-${key}`, copy: copyOf(2), ttlMs: TTL_MS })),
    );
    const entries = await cache.get(1, keys);
    expect(entries.map((reply) => reply.kind === "got" && reply.entry.state)).toEqual(keys.map(() => "clean"));
    expect(await cache.fence(1, [{ key: "many-7", version: versionOf(1), id: "late" }])).toEqual([
      { kind: "covered", version: versionOf(2) },
    ]);
  });

  it("keeps every byte of a payload and every character of a key", async () => {
    const cache = await open();
    await cache.begin(1);
    const payload = Uint8Array.from({ length: 512 }, (_, index) => index % 256);
    const copy = { version: versionOf(1), body: { payload, expiresAtMs: 4_000_000_000_000 } };
    const key = "routes#a%23b#🛫 ü\u0000";
    await cache.lease(1, [{ key, token: "t", ttlMs: TTL_MS }]);
    await cache.fill(1, [{ key, token: "t", copy, ttlMs: TTL_MS }]);
    const entry = await entryOf(cache, 1, key);
    expect(entry.state === "clean" && Buffer.from(entry.copy.body?.payload ?? []).equals(payload)).toBe(true);
  });

  it("keeps tombstones and absences apart", async () => {
    const cache = await open();
    await cache.begin(1);
    const tombstone = { version: versionOf(3), body: { payload: null, expiresAtMs: 4_000_000_000_000 } };
    await cache.fence(1, [{ key: "t", version: versionOf(3), id: "i" }]);
    await cache.publish(1, [{ key: "t", id: "i", copy: tombstone, ttlMs: TTL_MS }]);
    expect(await entryOf(cache, 1, "t")).toMatchObject({ state: "clean", copy: tombstone });
    await cache.lease(1, [{ key: "n", token: "t", ttlMs: TTL_MS }]);
    await cache.fill(1, [{ key: "n", token: "t", copy: copyOf(0), ttlMs: TTL_MS }]);
    expect(await entryOf(cache, 1, "n")).toMatchObject({ state: "clean", copy: copyOf(0) });
  });

  it("refuses every command of an epoch that is not the guard's, and changes nothing", async () => {
    const cache = await open();
    const everything = (epoch: number) => [
      cache.check(epoch),
      cache.get(epoch, ["k"]).then(([reply]) => reply),
      cache.fence(epoch, [{ key: "k", version: versionOf(1), id: "i" }]).then(([reply]) => reply),
      cache.publish(epoch, [{ key: "k", id: "i", copy: copyOf(1), ttlMs: TTL_MS }]).then(([reply]) => reply),
      cache.raise(epoch, [{ key: "k", id: null, copy: copyOf(1), ttlMs: TTL_MS }]).then(([reply]) => reply),
      cache.lease(epoch, [{ key: "k", token: "t", ttlMs: TTL_MS }]).then(([reply]) => reply),
      cache.fill(epoch, [{ key: "k", token: "t", copy: copyOf(1), ttlMs: TTL_MS }]).then(([reply]) => reply),
    ];
    for (const reply of await Promise.all(everything(1))) {
      expect(reply).toMatchObject({ kind: "failed", error: { code: "CACHE_LOST", retryable: false } });
    }
    expect(await cache.begin(2)).toEqual({ kind: "settled" });
    for (const reply of [...(await Promise.all(everything(1))), ...(await Promise.all(everything(3)))]) {
      expect(reply).toMatchObject({ kind: "failed", error: { code: "CACHE_LOST" } });
    }
    expect(await entryOf(cache, 2, "k")).toEqual({ state: "absent" });
  });

  it("sets the guard of an epoch once", async () => {
    const cache = await open();
    expect(await cache.begin(5)).toEqual({ kind: "settled" });
    expect(await cache.begin(5)).toMatchObject({ kind: "failed", error: { code: "CACHE_LOST" } });
    expect(await cache.begin(4)).toMatchObject({ kind: "failed", error: { code: "CACHE_LOST" } });
    expect(await cache.check(5)).toEqual({ kind: "settled" });
  });
}

async function compare(
  cache: Cache,
  epoch: number,
  { key, random, model }: { key: string; random: () => number; model: ModelKey },
): Promise<void> {
  const history: unknown[] = [];
  for (let step = 0; step < COMMANDS_PER_SEQUENCE / 2; step += 1) {
    const command = sampleCommand(random);
    history.push(command);
    const expected = model.run(epoch, command);
    const actual = await runOnCache(cache, epoch, key, command);
    expect(actual, `${key}: reply to ${JSON.stringify(history)}`).toEqual(expected);
    expect(await entryOf(cache, epoch, key), `${key}: entry after ${JSON.stringify(history)}`).toEqual(
      model.view(epoch),
    );
  }
}

async function entryOf(cache: Cache, epoch: number, key: string): Promise<CacheEntry> {
  const [reply] = await cache.get(epoch, [key]);
  if (reply?.kind !== "got") throw reply?.error ?? new Error("no reply");
  return reply.entry;
}
