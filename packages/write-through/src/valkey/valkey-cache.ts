/**
 * The cache port over Valkey or Redis (7.0 or later). The given client decides
 * what it works on: one server, a primary behind Sentinel or a managed address,
 * or a cluster.
 *
 * Every command is one Lua call for up to `keysPerScript` keys of one bucket; a
 * call with more keys is split. A get is one MGET per `keysPerGet` keys of a
 * bucket, and after the last of them, on the same connection, a check of the
 * bucket's guard. `cache-routing.ts` says how calls reach their servers. The
 * client must be made with the options of `client-options.ts`.
 */
import { Cluster, type Redis } from "ioredis";
import { ValueSizes } from "../by-bytes.ts";
import { CoreError } from "../errors.ts";
import { itemAt } from "../by-position.ts";
import type {
  Cache,
  CacheEntry,
  CacheFailure,
  CacheFence,
  CacheFenceReply,
  CacheFill,
  CacheGetReply,
  CacheHeal,
  CacheLease,
  CacheLeaseReply,
  CachePublish,
  CacheRaise,
  CacheSettle,
  CacheSettleReply,
} from "../ports/cache.ts";
import type { Clock } from "../ports/clock.ts";
import type { StoredCopy } from "../ports/store.ts";
import { ABSENT } from "../protocol/entry.ts";
import { NO_VERSION } from "../protocol/version.ts";
import { newerGuard } from "../cache-epoch/newer-guard.ts";
import { batchesOf, splitBatch, toPositions } from "./bucket-batches.ts";
import { cacheErrorOf, decidingFailure } from "./cache-errors.ts";
import type { Argument, Bucket, CacheRouting, CallResult, CommandResult, ServerCommand } from "./cache-routing.ts";
import type { CacheServer } from "./check-server.ts";
import { ClusterRouting } from "./cluster-routing.ts";
import { decodeEntry, decodeFenceReply, encodeEpoch, encodeTail } from "./entry-codec.ts";
import type { CacheConnection } from "./list-connections.ts";
import { type ScriptName, scriptText } from "./scripts.ts";
import { SingleRouting } from "./single-routing.ts";

export interface ValkeyCacheOptions {
  /** Stands before every key. On a single server the guard is `<prefix>guard`, and an entry is `<prefix>e:<key>`. */
  readonly prefix?: string;
  /** Milliseconds until a command must have begun to run on the server. */
  readonly commandBudgetMs?: number;
  readonly keysPerScript?: number;
  readonly keysPerGet?: number;
  /** The number of buckets of a cluster, the same in every process; see `cluster-buckets.ts`. */
  readonly buckets?: number;
  /**
   * Says whether a copy's payload is the one that its version names. It is asked once for every copy that is read, and
   * a copy that fails comes back as foreign. Without it, copies are not checked.
   */
  readonly isIntact?: (copy: StoredCopy) => boolean;
}

const DEFAULTS = {
  prefix: "trilane:",
  commandBudgetMs: 1_000,
  keysPerScript: 100,
  keysPerGet: 500,
  buckets: 64,
  isIntact: (): boolean => true,
};

export type CollectReply = { readonly kind: "removed" | "fence" | "kept" } | CacheFailure;

const COLLECTED: Readonly<Record<string, "removed" | "fence">> = { R: "removed", F: "fence" };

type ScriptReply = { readonly kind: "ran"; readonly value: unknown } | CacheFailure;

export class ValkeyCache implements Cache {
  readonly checksCopies: boolean;
  readonly #routing: CacheRouting;
  readonly #options: Required<ValkeyCacheOptions>;
  readonly #sizes = new ValueSizes();

  constructor(client: Redis | Cluster, clock: Clock, options: ValkeyCacheOptions = {}) {
    this.#options = { ...DEFAULTS, ...options };
    this.checksCopies = options.isIntact !== undefined;
    this.#routing =
      client instanceof Cluster
        ? new ClusterRouting(client, clock, this.#options)
        : new SingleRouting(client, clock, this.#options);
  }

  /** For audits: the text before the keys of entries, one for each bucket. */
  get entryPrefixes(): readonly string[] {
    return this.#routing.buckets.map(({ entryPrefix }) => entryPrefix);
  }

  /** For audits: the name under which the cache keeps the entry of a key. */
  entryNameOf(key: string): string {
    return this.#routing.bucketOf(key).entryPrefix + key;
  }

  /** Describes every primary. @throws CoreError as `checkCacheServer` does */
  describe(): Promise<readonly CacheServer[]> {
    return this.#routing.describe();
  }

  /**
   * The clients that are connected to the primaries, other programs included. @throws CoreError as `listConnections`
   * does
   */
  connections(): Promise<readonly CacheConnection[]> {
    return this.#routing.connections();
  }

  async probe(): Promise<CacheSettleReply> {
    try {
      await this.describe();
    } catch (error) {
      return failure(error, "probe");
    }
    const text = scriptText("probe");
    return this.#askAll("probe", ({ guardKey }) => ({ kind: "eval", text, keys: [guardKey], values: [] }));
  }

  check(epoch: number): Promise<CacheSettleReply> {
    return this.#askAll("check", ({ guardKey }) => checkOf(guardKey, epoch));
  }

  begin(epoch: number): Promise<CacheSettleReply> {
    const text = scriptText("begin");
    return this.#askAll(
      "begin an epoch",
      ({ guardKey }) => ({ kind: "eval", text, keys: [guardKey], values: [encodeEpoch(epoch)] }),
      (isSet) => {
        if (isSet === 1) return;
        throw newerGuard(epoch).error;
      },
    );
  }

  async get(epoch: number, keys: readonly string[]): Promise<readonly CacheGetReply[]> {
    const { bytesEach } = this.#sizes;
    const cut = { countMax: this.#options.keysPerGet, bytesOf: () => bytesEach };
    const batches = batchesOf(keys, (key) => this.#routing.bucketOf(key)).flatMap((batch) => splitBatch(batch, cut));
    const calls = batches.map(({ bucket, items }) => {
      const mget: ServerCommand = { kind: "mget", keys: items.map((key) => bucket.entryPrefix + key) };
      return { bucket, commands: [mget, checkOf(bucket.guardKey, epoch)], bytes: items.length * bytesEach };
    });
    const results = await this.#routing.send(calls);
    return toPositions(batches, (batch, index) => this.#entriesOf(batch.items, itemAt(results, index), epoch));
  }

  async fence(epoch: number, commands: readonly CacheFence[]): Promise<readonly CacheFenceReply[]> {
    const replies = await this.#run("fence", epoch, commands, {
      prelude: [],
      arguments: ({ version, id }) => [version, id],
    });
    return replies.map((reply) =>
      reply.kind === "failed" ? reply : attempt("fence", () => decodeFenceReply(textOf(reply.value))),
    );
  }

  async lease(epoch: number, commands: readonly CacheLease[]): Promise<readonly CacheLeaseReply[]> {
    const replies = await this.#run("lease", epoch, commands, {
      prelude: [NO_VERSION],
      arguments: ({ token, ttlMs }) => [token, ttlMs],
    });
    return replies.map((reply) => {
      if (reply.kind === "failed") return reply;
      if (textOf(reply.value) === "G") return { kind: "granted" };
      return attempt("lease", () => ({ kind: "taken", entry: this.#entryOf(bytesOf(reply.value)) }));
    });
  }

  publish(epoch: number, commands: readonly CachePublish[]): Promise<readonly CacheSettleReply[]> {
    return this.#settle("publish", epoch, commands, ({ id }) => id);
  }

  raise(epoch: number, commands: readonly CacheRaise[]): Promise<readonly CacheSettleReply[]> {
    return this.#settle("raise", epoch, commands, ({ id }) => id ?? "");
  }

  fill(epoch: number, commands: readonly CacheFill[]): Promise<readonly CacheSettleReply[]> {
    return this.#settle("fill", epoch, commands, ({ token }) => token);
  }

  async heal(epoch: number, commands: readonly CacheHeal[]): Promise<readonly CacheSettleReply[]> {
    const replies = await this.#run("heal", epoch, commands, {
      prelude: [],
      arguments: ({ seen }) => [Buffer.from(seen.seen)],
    });
    return replies.map((reply) => (reply.kind === "failed" ? reply : { kind: "settled" }));
  }

  /** For `sweep-cache.ts`: removes the entries of older epochs under these keys, and returns which are fenced now. */
  async collect(epoch: number, keys: readonly string[]): Promise<readonly CollectReply[]> {
    const commands = keys.map((key) => ({ key }));
    const replies = await this.#run("collect", epoch, commands, { prelude: [], arguments: () => [] });
    return replies.map((reply) => {
      if (reply.kind === "failed") return reply;
      return attempt("collect", () => ({ kind: COLLECTED[textOf(reply.value)] ?? "kept" }));
    });
  }

  async #settle<Command extends CacheSettle>(
    script: ScriptName,
    epoch: number,
    commands: readonly Command[],
    holderOf: (command: Command) => string,
  ): Promise<readonly CacheSettleReply[]> {
    const payloads = commands.map(({ copy }) => copy.body?.payload?.length ?? 0);
    // A payload that is filled now is one that a later get will bring.
    if (payloads.length > 0) this.#sizes.saw(Math.max(...payloads));
    const replies = await this.#run(script, epoch, commands, {
      prelude: [],
      arguments: (command) => [holderOf(command), command.copy.version, encodeTail(command.copy), command.ttlMs],
    });
    return replies.map((reply) => (reply.kind === "failed" ? reply : { kind: "settled" }));
  }

  /** Sends one script for all commands. If a script fails as a whole, its error is that of every one of its keys. */
  async #run<Command extends { readonly key: string }>(
    script: ScriptName,
    epoch: number,
    commands: readonly Command[],
    encode: { prelude: readonly Argument[]; arguments: (command: Command) => readonly Argument[] },
  ): Promise<readonly ScriptReply[]> {
    const { keysPerScript } = this.#options;
    const encoded = commands.map((command) => {
      const values = encode.arguments(command);
      return { key: command.key, values, bytes: bytesIn(values) };
    });
    const cut = { countMax: keysPerScript, bytesOf: ({ bytes }: { readonly bytes: number }) => bytes };
    const batches = batchesOf(encoded, ({ key }) => this.#routing.bucketOf(key)).flatMap((batch) =>
      splitBatch(batch, cut),
    );
    const calls = batches.map(({ bucket, items }) => {
      const keys = [bucket.guardKey, ...items.map(({ key }) => bucket.entryPrefix + key)];
      const values = [encodeEpoch(epoch), ...encode.prelude, ...items.flatMap((item) => item.values)];
      const bytes = items.reduce((sum, item) => sum + item.bytes, 0);
      return { bucket, commands: [{ kind: "script", script, keys, values }] as const, bytes };
    });
    const results = await this.#routing.send(calls);
    return toPositions(batches, ({ items }, index) => scriptReplies(script, items, itemAt(results, index)[0]));
  }

  /** Sends the same command to every bucket. One failure is the answer of all. */
  async #askAll(
    doing: string,
    commandFor: (bucket: Bucket) => ServerCommand,
    accept: (value: unknown) => void = () => undefined,
  ): Promise<CacheSettleReply> {
    const { buckets } = this.#routing;
    const results = await this.#routing.send(
      buckets.map((bucket) => ({ bucket, commands: [commandFor(bucket)], bytes: 0 })),
    );
    const failures = results.flatMap(([result]) => {
      const [error, value] = result ?? NO_ANSWER;
      const reply = error ? failure(error, doing) : attempt(doing, () => accept(value));
      return reply === undefined ? [] : [reply];
    });
    return decidingFailure(failures) ?? { kind: "settled" };
  }

  /** The first results are those of the keys, the last is that of the check. */
  #entriesOf(keys: readonly string[], results: CallResult, epoch: number): readonly CacheGetReply[] {
    const [error, values] = results[0] ?? NO_ANSWER;
    const [refused] = results.at(-1) ?? NO_ANSWER;
    const failed = refused ?? error;
    if (failed || !Array.isArray(values)) {
      if (failed instanceof CoreError && failed.code === "CACHE_SLOW") this.#sizes.wereLate(keys.length);
      return everyone(keys, failure(failed, "get"));
    }
    this.#sizes.saw(largestOf(values));
    return keys.map((_, at) => this.#gotOf(values[at], epoch));
  }

  /** As `attempt` does, without a function for each key of each read. */
  #gotOf(value: unknown, epoch: number): CacheGetReply {
    try {
      return { kind: "got", entry: this.#currentEntry(value, epoch) };
    } catch (error) {
      return failure(error, "get");
    }
  }

  /** An entry of another epoch counts as absent. A foreign value does not, because it must be removed. */
  #currentEntry(value: unknown, epoch: number): CacheEntry {
    if (value === null) return ABSENT;
    const entry = this.#entryOf(bytesOf(value));
    const isOurs = entry.state !== "absent" && entry.state !== "foreign";
    return isOurs && entry.epoch !== epoch ? ABSENT : entry;
  }

  #entryOf(bytes: Buffer): CacheEntry {
    const entry = decodedOrNull(bytes);
    const isEntry = entry !== null && (entry.state !== "clean" || this.#options.isIntact(entry.copy));
    return isEntry ? entry : { state: "foreign", seen: bytes };
  }
}

const NO_ANSWER: CommandResult = [new Error("Connection is closed."), null];

function bytesIn(values: readonly Argument[]): number {
  return values.reduce<number>((sum, value) => sum + (typeof value === "number" ? 1 : value.length), 0);
}

function largestOf(values: readonly unknown[]): number {
  return values.reduce<number>((most, value) => (Buffer.isBuffer(value) ? Math.max(most, value.length) : most), 0);
}

function checkOf(guardKey: string, epoch: number): ServerCommand {
  return { kind: "script", script: "check", keys: [guardKey], values: [encodeEpoch(epoch)] };
}

function scriptReplies(
  script: ScriptName,
  items: readonly unknown[],
  [error, value]: CommandResult = NO_ANSWER,
): readonly ScriptReply[] {
  if (error) return everyone(items, failure(error, script));
  return items.map((_, at) => ({ kind: "ran", value: Array.isArray(value) ? value[at] : value }));
}

function decodedOrNull(bytes: Buffer): CacheEntry | null {
  try {
    return decodeEntry(bytes);
  } catch (error) {
    if (error instanceof CoreError && error.code === "CACHE_CORRUPT") return null;
    throw error;
  }
}

function attempt<Reply>(doing: string, decode: () => Reply): Reply | CacheFailure {
  try {
    return decode();
  } catch (error) {
    return failure(error, doing);
  }
}

function failure(cause: unknown, doing: string): CacheFailure {
  return { kind: "failed", error: cacheErrorOf(cause, doing) };
}

function everyone<Reply>(items: readonly unknown[], reply: Reply): readonly Reply[] {
  return items.map(() => reply);
}

function bytesOf(value: unknown): Buffer {
  if (Buffer.isBuffer(value)) return value;
  throw new CoreError("CACHE_CORRUPT", `the cache answered with ${typeof value} instead of bytes`);
}

function textOf(value: unknown): string {
  return bytesOf(value).toString("latin1");
}
