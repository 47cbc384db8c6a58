/**
 * The checks that need a real server: its clock, times to live, memory, and
 * roles. Each check leaves the server as it was.
 */
import { deepStrictEqual, ok } from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "@trilane/servers";
import type { CacheSettleReply } from "@trilane/write-through";
import { copyOf, versionOf } from "@trilane/write-through/testing";
import type { Redis } from "ioredis";
import type { ServerUnderTest } from "./server-under-test.ts";

export interface ServerCheck {
  /** The check as a sentence. */
  readonly name: string;
  /** Rejects with an AssertionError where the sentence does not hold. */
  readonly run: (underTest: ServerUnderTest) => Promise<void>;
}

const TTL_MS = 60_000;
/** Less than any server needs for itself. */
const MAXMEMORY_BYTES_TINY = 1;
const PINGS_MAX = 20;
const RECONNECT_ATTEMPTS_MAX = 500;
const RECONNECT_POLL_MS = 10;
const UNAVAILABLE = "CACHE_UNAVAILABLE";

export const serverChecks: readonly ServerCheck[] = [
  { name: "runs nothing after its deadline", run: runsNothingLate },
  { name: "gives copies and leases a time to live, fences and the guard none", run: givesTimesToLive },
  { name: "removes what an older epoch left when it is settled", run: removesOldEpochs },
  { name: "lets a key of another type cost one key", run: isolatesOtherTypes },
  { name: "collects what older epochs left, and nothing else", run: collectsOldEpochs },
  { name: "above maxmemory, runs what ends a doubt and refuses what saves work", run: keepsItsWordWhenFull },
  { name: "is lost when its server is demoted, and when it is promoted back", run: isLostAfterDemotion },
  { name: "is lost when its server is demoted and takes writes all the same", run: isLostAsWritableReplica },
  { name: "is out of use while its server takes no writes", run: isOutOfUseWithoutWrites },
];

async function runsNothingLate(underTest: ServerUnderTest): Promise<void> {
  const { cache, client, prefix } = await underTest.openImpatient();
  await cache.begin(1);
  deepStrictEqual(await cache.check(1), { kind: "settled" });
  underTest.proxy.apply({ kind: "stall" });
  // The command's time is over when it fails; only then may it reach the server.
  const [reply] = await cache.fence(1, [{ key: "k", version: versionOf(1), id: "i" }]);
  underTest.proxy.apply(null);
  deepStrictEqual(codeOf(reply), "CACHE_UNAVAILABLE");
  await answered(client);
  deepStrictEqual(await underTest.admin.exists(`${prefix}e:k`), 0);
}

/** Resolves when the server has answered on this connection, so every earlier command on it has run or was refused. */
async function answered(client: Redis): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.ping();
      return;
    } catch (error) {
      if (attempt === PINGS_MAX) throw error;
    }
  }
}

async function givesTimesToLive(underTest: ServerUnderTest): Promise<void> {
  const { cache, client, prefix } = await underTest.open();
  await cache.begin(1);
  await cache.fence(1, [{ key: "fence", version: versionOf(1), id: "i" }]);
  await cache.lease(1, [{ key: "lease", token: "t", ttlMs: TTL_MS }]);
  await cache.lease(1, [{ key: "copy", token: "t", ttlMs: TTL_MS }]);
  await cache.fill(1, [{ key: "copy", token: "t", copy: copyOf(1), ttlMs: TTL_MS }]);
  const isMortal = async (key: string): Promise<boolean> => {
    const leftMs = await client.pttl(prefix + key);
    return leftMs > 0 && leftMs <= TTL_MS;
  };
  deepStrictEqual([await client.pttl(`${prefix}guard`), await client.pttl(`${prefix}e:fence`)], [-1, -1]);
  deepStrictEqual([await isMortal("e:lease"), await isMortal("e:copy")], [true, true]);
}

/** A fence never ends by itself, so a fence that nobody needs must not stay for ever. */
async function removesOldEpochs(underTest: ServerUnderTest): Promise<void> {
  const { cache, client, prefix } = await underTest.open();
  await cache.begin(1);
  await cache.fence(1, [{ key: "k", version: versionOf(1), id: "i" }]);
  await cache.begin(2);
  await cache.publish(2, [{ key: "k", id: "i", copy: copyOf(1), ttlMs: TTL_MS }]);
  deepStrictEqual(await client.exists(`${prefix}e:k`), 0);
}

async function isolatesOtherTypes(underTest: ServerUnderTest): Promise<void> {
  const { cache, client, prefix } = await underTest.open();
  await cache.begin(1);
  const list = (key: string): Promise<unknown> => client.rpush(`${prefix}e:${key}`, "of another type");
  const seen = { state: "foreign", seen: new TextEncoder().encode("of another type") } as const;
  await list("heal");
  deepStrictEqual(codeOf((await cache.heal(1, [{ key: "heal", seen }]))[0]), null);
  deepStrictEqual(await client.exists(`${prefix}e:heal`), 1);
  for (const key of ["fence", "lease", "publish", "raise", "fill"]) await list(key);
  const settle = { copy: copyOf(1), ttlMs: TTL_MS };
  const replies = [
    ...(await cache.fence(
      1,
      ["x", "fence", "y"].map((key) => ({ key, version: versionOf(1), id: "i" })),
    )),
    ...(await cache.lease(
      1,
      ["p", "lease", "q"].map((key) => ({ key, token: "t", ttlMs: TTL_MS })),
    )),
    ...(await cache.publish(
      1,
      ["x", "publish"].map((key) => ({ ...settle, key, id: "i" })),
    )),
    ...(await cache.raise(
      1,
      ["raise", "y"].map((key) => ({ ...settle, key, id: "i" })),
    )),
    ...(await cache.fill(
      1,
      ["fill", "p"].map((key) => ({ ...settle, key, token: "t" })),
    )),
  ];
  deepStrictEqual(
    replies.map(codeOf),
    replies.map(() => null),
  );
  const names = ["x", "y", "p", "q", "fence", "lease", "publish", "raise", "fill"].map((key) => `${prefix}e:${key}`);
  deepStrictEqual(await client.exists(...names), 6);
  deepStrictEqual([await client.type(`${prefix}e:fence`), await client.type(`${prefix}e:lease`)], ["string", "string"]);
}

async function collectsOldEpochs(underTest: ServerUnderTest): Promise<void> {
  const { cache, client, prefix } = await underTest.open();
  const fence = (key: string) => [{ key, version: versionOf(1), id: "i" }];
  await cache.begin(1);
  await cache.fence(1, fence("old-fence"));
  await cache.fence(1, fence("old-copy"));
  await cache.publish(1, [{ key: "old-copy", id: "i", copy: copyOf(1), ttlMs: TTL_MS }]);
  await cache.begin(2);
  await cache.fence(2, fence("fence"));
  await cache.lease(2, [{ key: "lease", token: "t", ttlMs: TTL_MS }]);
  await client.set(`${prefix}e:foreign`, "=0000000001 is not an entry");
  await client.rpush(`${prefix}e:list`, "of another type");
  const keys = ["old-fence", "old-copy", "fence", "lease", "foreign", "list", "nothing"];
  deepStrictEqual(
    (await cache.collect(2, keys)).map(({ kind }) => kind),
    ["removed", "removed", "fence", "kept", "kept", "kept", "kept"],
  );
  deepStrictEqual(await client.exists(...keys.map((key) => `${prefix}e:${key}`)), 4);
  deepStrictEqual((await cache.collect(1, ["fence"])).map(codeOf), ["CACHE_LOST"]);
}

async function keepsItsWordWhenFull(underTest: ServerUnderTest): Promise<void> {
  // As long as there is something to evict, a command may still get memory.
  await underTest.admin.flushall();
  const { cache } = await underTest.open();
  await cache.begin(1);
  const [, limit = "0"] = (await underTest.admin.config("GET", "maxmemory")) as readonly string[];
  await underTest.admin.config("SET", "maxmemory", MAXMEMORY_BYTES_TINY);
  try {
    const [fence] = await cache.fence(1, [{ key: "k", version: versionOf(1), id: "i" }]);
    deepStrictEqual(fence, { kind: "fenced", id: "i", replacedClean: false });
    const settles = [
      ...(await cache.raise(1, [{ key: "k", id: "other", copy: copyOf(1), ttlMs: TTL_MS }])),
      ...(await cache.publish(1, [{ key: "k", id: "i", copy: copyOf(1), ttlMs: TTL_MS }])),
      ...(await cache.heal(1, [{ key: "k", seen: { state: "foreign", seen: new Uint8Array(1) } }])),
      await cache.check(1),
      await cache.begin(2),
    ];
    ok(settles.every(isSettled), "publish, raise, check and begin run above maxmemory");
    const refusals = [
      ...(await cache.lease(2, [{ key: "k", token: "t", ttlMs: TTL_MS }])),
      ...(await cache.fill(2, [{ key: "other", token: "t", copy: copyOf(1), ttlMs: TTL_MS }])),
    ];
    deepStrictEqual(refusals.map(codeOf), ["CACHE_FULL", "CACHE_FULL"]);
  } finally {
    await underTest.admin.config("SET", "maxmemory", limit);
  }
}

async function isLostAfterDemotion(underTest: ServerUnderTest): Promise<void> {
  const { cache } = await underTest.open();
  await cache.begin(1);
  await cache.fence(1, [{ key: "k", version: versionOf(1), id: "i" }]);
  // The server becomes the replica of a primary that cannot be reached, so it keeps its data and its replication id.
  await underTest.admin.replicaof("127.0.0.1", await freePort());
  const [demoted] = await cache.get(1, ["k"]);
  await underTest.admin.replicaof("NO", "ONE");
  deepStrictEqual(codeOf(demoted), "CACHE_LOST");
  deepStrictEqual(await codeWhenReachable(async () => (await cache.get(1, ["k"]))[0]), "CACHE_LOST");
}

async function isOutOfUseWithoutWrites(underTest: ServerUnderTest): Promise<void> {
  const { cache } = await underTest.open();
  await cache.begin(1);
  await underTest.admin.config("SET", "min-replicas-to-write", "1");
  try {
    deepStrictEqual([codeOf(await cache.check(1)), codeOf(await cache.probe())], [UNAVAILABLE, UNAVAILABLE]);
  } finally {
    await underTest.admin.config("SET", "min-replicas-to-write", "0");
  }
  deepStrictEqual([codeOf(await cache.check(1)), codeOf(await cache.probe())], [null, null]);
}

/** The replica keeps its primary's replication id, its guard and its entries, all of which may lag. */
async function isLostAsWritableReplica(underTest: ServerUnderTest): Promise<void> {
  const { cache, client, prefix } = await underTest.open();
  await cache.begin(1);
  await underTest.admin.config("SET", "replica-read-only", "no");
  try {
    await underTest.admin.replicaof("127.0.0.1", await freePort());
    await setGuardOfReplica(client, prefix);
    const commands: readonly (() => Promise<object | undefined>)[] = [
      () => cache.check(1),
      async () => (await cache.get(1, ["k"]))[0],
      async () => (await cache.fence(1, [{ key: "k", version: versionOf(1), id: "i" }]))[0],
      () => cache.probe(),
      () => cache.begin(2),
    ];
    for (const command of commands) deepStrictEqual(await codeWhenReachable(command), "CACHE_LOST");
    deepStrictEqual(await underTest.admin.exists(`${prefix}e:k`), 0);
  } finally {
    await underTest.admin.config("SET", "replica-read-only", "yes");
    await underTest.admin.replicaof("NO", "ONE");
  }
}

/**
 * Sets the guard that a primary with this id would have sent. While the primary cannot be reached, the server has an id
 * of its own.
 */
async function setGuardOfReplica(client: Redis, prefix: string): Promise<void> {
  const id = /master_replid:(\w+)/.exec(await client.info("replication"))?.[1] ?? "";
  await client.set(`${prefix}guard`, `${"1".padStart(10, "0")}:${id}`);
}

/** The client connects anew after a demoted server's refusal, and cannot reach the cache until then. */
async function codeWhenReachable(command: () => Promise<object | undefined>): Promise<unknown> {
  for (let attempt = 1; ; attempt += 1) {
    const code = codeOf(await command());
    if (code !== "CACHE_UNAVAILABLE" || attempt === RECONNECT_ATTEMPTS_MAX) return code;
    await sleep(RECONNECT_POLL_MS);
  }
}

function isSettled(reply: CacheSettleReply): boolean {
  return reply.kind === "settled";
}

/** The code of a failure; null for every other reply. */
function codeOf(reply: object | undefined): unknown {
  if (reply === undefined || !("error" in reply)) return null;
  return reply.error instanceof Error && "code" in reply.error ? reply.error.code : reply.error;
}
