/**
 * The single cases of the cache's contract, independent of any test runner. The
 * contract suite runs them as tests, the verification runs them on scripts with
 * a bug.
 */
import { deepStrictEqual, ok } from "node:assert/strict";
import type { CoreError, ErrorCode } from "../errors.ts";
import type { Cache, CacheEntry } from "../ports/cache.ts";
import { copyOf, versionOf } from "./sample-records.ts";

export interface CacheParts<Opened extends Cache = Cache> {
  /** Returns a cache whose guard is not set. */
  readonly open: () => Promise<Opened>;
  /** Puts these bytes under a key, as another program would. */
  readonly overwrite: (cache: Opened, key: string, bytes: Uint8Array) => Promise<void>;
}

export interface CacheCheck {
  /** The case as a sentence. */
  readonly name: string;
  /** Rejects with an AssertionError where the sentence does not hold. */
  readonly run: <Opened extends Cache>(parts: CacheParts<Opened>) => Promise<void>;
}

const TTL_MS = 60_000;
const EXPIRES_AT_MS = 4_000_000_000_000;
const SETTLED = { kind: "settled" } as const;

export const cacheChecks: readonly CacheCheck[] = [
  { name: "runs many keys per call as it runs one", run: runsManyKeys },
  { name: "keeps every byte of a payload and every character of a key", run: keepsBytes },
  { name: "keeps tombstones and absences apart", run: keepsTombstones },
  { name: "knows the widest fence and the widest lease again", run: keepsWidestHeads },
  { name: "refuses every command of an epoch that is not the guard's, and changes nothing", run: refusesOtherEpochs },
  { name: "sets the guard of an epoch once", run: setsGuardOnce },
  { name: "lets what is not an entry cost one key, and puts entries in its place", run: isolatesForeignValues },
  { name: "heals exactly what was seen", run: healsWhatWasSeen },
];

async function runsManyKeys({ open }: Pick<CacheParts, "open">): Promise<void> {
  const cache = await open();
  await cache.begin(1);
  const keys = Array.from({ length: 1_203 }, (_, index) => `many-${index}`);
  const fences = keys.map((key) => ({ key, version: versionOf(2), id: `id-${key}` }));
  deepStrictEqual(
    await cache.fence(1, fences),
    keys.map((key) => ({ kind: "fenced", id: `id-${key}`, replacedClean: false })),
  );
  await cache.publish(
    1,
    keys.map((key) => ({ key, id: `id-${key}`, copy: copyOf(2), ttlMs: TTL_MS })),
  );
  const entries = await cache.get(1, keys);
  deepStrictEqual(
    entries.map((reply) => reply.kind === "got" && reply.entry.state),
    keys.map(() => "clean"),
  );
  deepStrictEqual(await cache.fence(1, [{ key: "many-7", version: versionOf(1), id: "late" }]), [
    { kind: "covered", version: versionOf(2) },
  ]);
}

async function keepsBytes({ open }: Pick<CacheParts, "open">): Promise<void> {
  const cache = await open();
  await cache.begin(1);
  const payload = Uint8Array.from({ length: 512 }, (_, index) => index % 256);
  const copy = { version: versionOf(1), body: { payload, expiresAtMs: EXPIRES_AT_MS } };
  const key = "routes#a%23b#🛫 ü\u0000";
  await cache.lease(1, [{ key, token: "t", ttlMs: TTL_MS }]);
  await cache.fill(1, [{ key, token: "t", copy, ttlMs: TTL_MS }]);
  const entry = await entryOf(cache, 1, key);
  ok(entry.state === "clean", `the entry is ${entry.state}`);
  deepStrictEqual(Buffer.from(entry.copy.body?.payload ?? []), Buffer.from(payload));
}

async function keepsTombstones({ open }: Pick<CacheParts, "open">): Promise<void> {
  const cache = await open();
  await cache.begin(1);
  const tombstone = { version: versionOf(3), body: { payload: null, expiresAtMs: EXPIRES_AT_MS } };
  await cache.fence(1, [{ key: "t", version: versionOf(3), id: "i" }]);
  await cache.publish(1, [{ key: "t", id: "i", copy: tombstone, ttlMs: TTL_MS }]);
  deepStrictEqual(await entryOf(cache, 1, "t"), { state: "clean", epoch: 1, copy: tombstone });
  await cache.lease(1, [{ key: "n", token: "t", ttlMs: TTL_MS }]);
  await cache.fill(1, [{ key: "n", token: "t", copy: copyOf(0), ttlMs: TTL_MS }]);
  deepStrictEqual(await entryOf(cache, 1, "n"), { state: "clean", epoch: 1, copy: copyOf(0) });
}

/** Uses an id and a token that differ from others only in their last character. */
async function keepsWidestHeads({ open }: Pick<CacheParts, "open">): Promise<void> {
  const cache = await open();
  await cache.begin(1);
  const [id, otherId] = [`${"i".repeat(15)}a`, `${"i".repeat(15)}b`];
  const fenced = [{ kind: "fenced", id, replacedClean: false }];
  deepStrictEqual(await cache.fence(1, [{ key: "f", version: versionOf(1), id }]), fenced);
  deepStrictEqual(await cache.fence(1, [{ key: "f", version: versionOf(2), id: otherId }]), fenced);
  await cache.publish(1, [{ key: "f", id: otherId, copy: copyOf(2), ttlMs: TTL_MS }]);
  const state = { state: "fence", epoch: 1, id, pending: versionOf(2), replacedClean: false };
  deepStrictEqual(await entryOf(cache, 1, "f"), state);
  await cache.publish(1, [{ key: "f", id, copy: copyOf(2), ttlMs: TTL_MS }]);
  deepStrictEqual((await entryOf(cache, 1, "f")).state, "clean");
  await cache.lease(1, [{ key: "l", token: id, ttlMs: TTL_MS }]);
  await cache.fill(1, [{ key: "l", token: otherId, copy: copyOf(1), ttlMs: TTL_MS }]);
  deepStrictEqual((await entryOf(cache, 1, "l")).state, "lease");
  await cache.fill(1, [{ key: "l", token: id, copy: copyOf(1), ttlMs: TTL_MS }]);
  deepStrictEqual((await entryOf(cache, 1, "l")).state, "clean");
}

async function refusesOtherEpochs({ open }: Pick<CacheParts, "open">): Promise<void> {
  const cache = await open();
  const refuseAll = async (epoch: number): Promise<void> => {
    const replies: readonly AnyReply[] = [
      await cache.check(epoch),
      ...(await cache.get(epoch, ["k"])),
      ...(await cache.fence(epoch, [{ key: "k", version: versionOf(1), id: "i" }])),
      ...(await cache.publish(epoch, [{ key: "k", id: "i", copy: copyOf(1), ttlMs: TTL_MS }])),
      ...(await cache.raise(epoch, [{ key: "k", id: null, copy: copyOf(1), ttlMs: TTL_MS }])),
      ...(await cache.lease(epoch, [{ key: "k", token: "t", ttlMs: TTL_MS }])),
      ...(await cache.fill(epoch, [{ key: "k", token: "t", copy: copyOf(1), ttlMs: TTL_MS }])),
    ];
    deepStrictEqual(
      replies.map(codeOf),
      replies.map(() => "CACHE_LOST"),
    );
    ok(replies.every((reply) => "error" in reply && reply.error.retryable));
  };
  await refuseAll(1);
  deepStrictEqual(await cache.begin(2), SETTLED);
  await refuseAll(1);
  await refuseAll(3);
  deepStrictEqual(await entryOf(cache, 2, "k"), { state: "absent" });
}

async function setsGuardOnce({ open }: Pick<CacheParts, "open">): Promise<void> {
  const cache = await open();
  deepStrictEqual(await cache.begin(5), SETTLED);
  deepStrictEqual(codeOf(await cache.begin(5)), "CACHE_EPOCH_TAKEN");
  deepStrictEqual(codeOf(await cache.begin(4)), "CACHE_EPOCH_TAKEN");
  deepStrictEqual(await cache.check(5), SETTLED);
}

const FOREIGN = new TextEncoder().encode("not an entry");

async function isolatesForeignValues<Opened extends Cache>({ open, overwrite }: CacheParts<Opened>): Promise<void> {
  const cache = await open();
  await cache.begin(1);
  const among = (key: string) => ["x", key, "y"];
  for (const key of ["got", "fenced", "leased", "published", "raised", "filled"]) await overwrite(cache, key, FOREIGN);
  deepStrictEqual(
    (await cache.get(1, among("got"))).map((reply) => reply.kind === "got" && reply.entry.state),
    ["absent", "foreign", "absent"],
  );
  deepStrictEqual(
    (
      await cache.fence(
        1,
        among("fenced").map((key) => ({ key, version: versionOf(1), id: "i" })),
      )
    ).map(codeOf),
    [null, null, null],
  );
  deepStrictEqual((await entryOf(cache, 1, "fenced")).state, "fence");
  deepStrictEqual(await cache.lease(1, [{ key: "leased", token: "t", ttlMs: TTL_MS }]), [{ kind: "granted" }]);
  await cache.publish(1, [{ key: "published", id: "i", copy: copyOf(1), ttlMs: TTL_MS }]);
  await cache.raise(1, [{ key: "raised", id: null, copy: copyOf(1), ttlMs: TTL_MS }]);
  await cache.fill(1, [{ key: "filled", token: "t", copy: copyOf(1), ttlMs: TTL_MS }]);
  for (const key of ["published", "raised", "filled"]) {
    deepStrictEqual(await entryOf(cache, 1, key), { state: "absent" });
  }
}

async function healsWhatWasSeen<Opened extends Cache>({ open, overwrite }: CacheParts<Opened>): Promise<void> {
  const cache = await open();
  await cache.begin(1);
  const heal = (key: string) => cache.heal(1, [{ key, seen: { state: "foreign", seen: FOREIGN } }]);
  for (const key of ["same", "other", "fenced"]) await overwrite(cache, key, FOREIGN);
  deepStrictEqual(await heal("same"), [SETTLED]);
  deepStrictEqual(await entryOf(cache, 1, "same"), { state: "absent" });
  const other = new TextEncoder().encode("not an entry, and longer");
  await overwrite(cache, "other", other);
  await heal("other");
  const left = await entryOf(cache, 1, "other");
  deepStrictEqual(left.state === "foreign" ? Buffer.from(left.seen).toString() : left, Buffer.from(other).toString());
  await cache.fence(1, [{ key: "fenced", version: versionOf(1), id: "i" }]);
  await heal("fenced");
  deepStrictEqual((await entryOf(cache, 1, "fenced")).state, "fence");
  deepStrictEqual((await cache.heal(2, [{ key: "other", seen: { state: "foreign", seen: other } }])).map(codeOf), [
    "CACHE_LOST",
  ]);
}

type AnyReply = { readonly kind: string } | { readonly kind: "failed"; readonly error: CoreError };

/** The code of a failure; null for every other reply. */
function codeOf(reply: AnyReply): ErrorCode | null {
  return "error" in reply ? reply.error.code : null;
}

async function entryOf(cache: Cache, epoch: number, key: string): Promise<CacheEntry> {
  const [reply] = await cache.get(epoch, [key]);
  if (reply?.kind !== "got") throw reply?.error ?? new Error("no reply");
  return reply.entry;
}
