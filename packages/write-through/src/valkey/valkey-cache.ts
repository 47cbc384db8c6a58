/**
 * The cache port over Valkey or Redis (7.0 or later), one server.
 *
 * Every command is one Lua call for up to `keysPerScript` keys; a call with
 * more keys is a pipeline of several. A get is one MGET per `keysPerGet` keys
 * and, behind the last of them on the same connection, a check of the guard.
 * Nothing is ever sent twice; the client must be made with `cacheClientOptions`.
 */
import type { ChainableCommander, Redis } from "ioredis";
import { chunked } from "../chunked.ts";
import { CoreError } from "../errors.ts";
import type {
  Cache,
  CacheEntry,
  CacheFailure,
  CacheFence,
  CacheFenceReply,
  CacheFill,
  CacheGetReply,
  CacheLease,
  CacheLeaseReply,
  CachePublish,
  CacheRaise,
  CacheSettle,
  CacheSettleReply,
} from "../ports/cache.ts";
import type { Clock } from "../ports/clock.ts";
import { ABSENT } from "../protocol/entry.ts";
import { NO_VERSION } from "../protocol/version.ts";
import { checkCacheServer } from "./check-server.ts";
import { cacheErrorOf, isLate } from "./cache-errors.ts";
import { decodeEntry, decodeFenceReply, encodeEpoch, encodeTail } from "./entry-codec.ts";
import { commandOf, defineScripts, type ScriptName, scriptText } from "./scripts.ts";
import { ServerTime } from "./server-time.ts";

export interface ValkeyCacheOptions {
  /** Stands before every key; the guard is `<prefix>guard`, an entry `<prefix>e:<key>`. */
  readonly prefix?: string;
  /** Milliseconds that a command may take until it runs on the server. */
  readonly commandBudgetMs?: number;
  readonly keysPerScript?: number;
  readonly keysPerGet?: number;
}

const DEFAULTS = { prefix: "trilane:", commandBudgetMs: 1_000, keysPerScript: 100, keysPerGet: 500 };

type Argument = string | Buffer | number;
type ScriptReply = { readonly kind: "ran"; readonly value: unknown } | CacheFailure;
type PipelineResult = readonly [error: Error | null, result: unknown];

export class ValkeyCache implements Cache {
  readonly #client: Redis;
  readonly #serverTime: ServerTime;
  readonly #options: Required<ValkeyCacheOptions>;
  readonly #guardKey: string;

  constructor(client: Redis, clock: Clock, options: ValkeyCacheOptions = {}) {
    this.#client = client;
    this.#serverTime = new ServerTime(client, clock);
    this.#options = { ...DEFAULTS, ...options };
    this.#guardKey = `${this.#options.prefix}guard`;
    defineScripts(client);
  }

  async probe(): Promise<CacheSettleReply> {
    try {
      await checkCacheServer(this.#client);
      return { kind: "settled" };
    } catch (error) {
      return failure(error, "probe");
    }
  }

  async check(epoch: number): Promise<CacheSettleReply> {
    try {
      const pipeline = this.#client.pipeline();
      const deadlineMs = await this.#serverTime.deadlineMs(this.#options.commandBudgetMs);
      callScript(pipeline, "check", [this.#guardKey], [deadlineMs, encodeEpoch(epoch)]);
      const [error] = resultsOf(await pipeline.exec())[0] ?? [null];
      return error ? this.#failure(error, "check") : { kind: "settled" };
    } catch (error) {
      return this.#failure(error, "check");
    }
  }

  async begin(epoch: number): Promise<CacheSettleReply> {
    try {
      const isSet = await this.#client.call("eval", scriptText("begin"), 1, this.#guardKey, encodeEpoch(epoch));
      if (isSet === 1) return { kind: "settled" };
      const message = `the cache has the guard of epoch ${epoch} or a newer one already`;
      return { kind: "failed", error: new CoreError("CACHE_LOST", message) };
    } catch (error) {
      return failure(error, "begin an epoch");
    }
  }

  async get(epoch: number, keys: readonly string[]): Promise<readonly CacheGetReply[]> {
    const { keysPerGet, commandBudgetMs } = this.#options;
    try {
      const deadlineMs = await this.#serverTime.deadlineMs(commandBudgetMs);
      const pipeline = this.#client.pipeline();
      const chunks = chunked(keys, keysPerGet);
      for (const chunk of chunks) pipeline.mgetBuffer(chunk.map((key) => this.#entryKey(key)));
      callScript(pipeline, "check", [this.#guardKey], [deadlineMs, encodeEpoch(epoch)]);
      const results = resultsOf(await pipeline.exec());
      const check = results[chunks.length]?.[0];
      if (check) throw check;
      return chunks.flatMap((chunk, index) => this.#entriesOf(chunk, results[index], epoch));
    } catch (error) {
      return everyone(keys, this.#failure(error, "get"));
    }
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
      return attempt("lease", () => ({ kind: "taken", entry: decodeEntry(bytesOf(reply.value)) }));
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

  async #settle<Command extends CacheSettle>(
    script: ScriptName,
    epoch: number,
    commands: readonly Command[],
    holderOf: (command: Command) => string,
  ): Promise<readonly CacheSettleReply[]> {
    const replies = await this.#run(script, epoch, commands, {
      prelude: [],
      arguments: (command) => [holderOf(command), command.copy.version, encodeTail(command.copy), command.ttlMs],
    });
    return replies.map((reply) => (reply.kind === "failed" ? reply : { kind: "settled" }));
  }

  /** Sends one script for all commands; a script's one error is every one of its keys' error. */
  async #run<Command extends { readonly key: string }>(
    script: ScriptName,
    epoch: number,
    commands: readonly Command[],
    encode: { prelude: readonly Argument[]; arguments: (command: Command) => readonly Argument[] },
  ): Promise<readonly ScriptReply[]> {
    const { keysPerScript, commandBudgetMs } = this.#options;
    try {
      const deadlineMs = await this.#serverTime.deadlineMs(commandBudgetMs);
      const pipeline = this.#client.pipeline();
      const chunks = chunked(commands, keysPerScript);
      for (const chunk of chunks) {
        const keys = chunk.map(({ key }) => this.#entryKey(key));
        const values = [deadlineMs, encodeEpoch(epoch), ...encode.prelude, ...chunk.flatMap(encode.arguments)];
        callScript(pipeline, script, [this.#guardKey, ...keys], values);
      }
      const results = resultsOf(await pipeline.exec());
      return chunks.flatMap((chunk, index) => this.#scriptReplies(script, chunk, results[index]));
    } catch (error) {
      return everyone(commands, this.#failure(error, script));
    }
  }

  #scriptReplies(
    script: ScriptName,
    chunk: readonly unknown[],
    result: PipelineResult | undefined,
  ): readonly ScriptReply[] {
    const [error, value] = result ?? [new Error("Connection is closed."), null];
    if (error) return everyone(chunk, this.#failure(error, script));
    return chunk.map((_, at) => ({ kind: "ran", value: Array.isArray(value) ? value[at] : value }));
  }

  #entriesOf(keys: readonly string[], result: PipelineResult | undefined, epoch: number): readonly CacheGetReply[] {
    const [error, values] = result ?? [new Error("Connection is closed."), null];
    if (error || !Array.isArray(values)) return everyone(keys, this.#failure(error, "get"));
    return keys.map((_, index) => attempt("get", () => ({ kind: "got", entry: currentEntry(values[index], epoch) })));
  }

  #failure(error: unknown, doing: string): CacheFailure {
    if (isLate(error)) this.#serverTime.forget();
    return failure(error, doing);
  }

  #entryKey(key: string): string {
    return `${this.#options.prefix}e:${key}`;
  }
}

/** What another epoch left counts as absent. */
function currentEntry(value: unknown, epoch: number): CacheEntry {
  const entry = decodeEntry(value === null ? null : bytesOf(value));
  return entry.state === "absent" || entry.epoch === epoch ? entry : ABSENT;
}

function callScript(
  pipeline: ChainableCommander,
  script: ScriptName,
  keys: readonly string[],
  values: readonly Argument[],
): void {
  const command: unknown = Reflect.get(pipeline, `${commandOf(script)}Buffer`);
  if (typeof command !== "function") throw new TypeError(`the client has no command ${commandOf(script)}`);
  Reflect.apply(command, pipeline, [keys.length, ...keys, ...values]);
}

function resultsOf(results: readonly PipelineResult[] | null): readonly PipelineResult[] {
  if (results === null) throw new Error("Connection is closed.");
  return results;
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
