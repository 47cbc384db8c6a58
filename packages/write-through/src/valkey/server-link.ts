/** One server of the cache: its connection, its clock, and the scripts as its commands. */
import type { ChainableCommander, Redis } from "ioredis";
import type { Clock } from "../ports/clock.ts";
import { ByteBudget, CALL_BYTES_MAX, cutByBytes } from "../by-bytes.ts";
import { isLate } from "./cache-errors.ts";
import type { CacheCall, CallResult, CommandResult, ServerCommand } from "./cache-routing.ts";
import { listenTo } from "./hearing.ts";
import { commandOf, defineScripts } from "./scripts.ts";
import { ServerTime } from "./server-time.ts";

export interface SendOptions {
  /** Milliseconds from now, by the server's clock, after which the server must not run the calls. */
  readonly budgetMs: number;
  /** The server is taking a slot over, and runs only commands that follow ASKING. */
  readonly isAsking: boolean;
}

/** The bytes that may be under way on the connection: two calls of the largest size. */
const UNDER_WAY_BYTES_MAX = 2 * CALL_BYTES_MAX;

export class ServerLink {
  readonly client: Redis;
  readonly #serverTime: ServerTime;
  readonly #clock: Clock;
  readonly #budget = new ByteBudget(UNDER_WAY_BYTES_MAX);

  constructor(client: Redis, clock: Clock) {
    this.client = client;
    this.#clock = clock;
    this.#serverTime = new ServerTime(client, clock);
    defineScripts(client);
  }

  /**
   * Sends the calls in order on one connection, all at once as far as their bytes allow; one result per call. Never
   * rejects.
   */
  async send(calls: readonly CacheCall[], options: SendOptions): Promise<readonly CallResult[]> {
    const parts = cutByBytes(calls, { countMax: calls.length, bytesOf: ({ bytes }) => bytes });
    const sent = await Promise.all(
      parts.map((part) => this.#budget.run(sumOf(part), () => this.#sendTogether(part, options))),
    );
    return sent.flat();
  }

  async #sendTogether(calls: readonly CacheCall[], options: SendOptions): Promise<readonly CallResult[]> {
    try {
      // The deadline is computed before anything is sent, so no call that could run late waits for the first
      // connection.
      const deadlineMs = await this.#serverTime.deadlineMs(options.budgetMs);
      const hearing = listenTo(this.client, this.#clock);
      const isPlain = calls.some(({ commands }) => commands.some(({ kind }) => kind === "eval"));
      const answered = isPlain
        ? await this.#sendPlain(calls, options)
        : await this.#sendPipeline(calls, { ...options, deadlineMs });
      const results = await hearing.judge(answered);
      if (results.some(([error]) => isLate(error))) this.#serverTime.forget();
      return split(calls, results);
    } catch (error) {
      return calls.map((call) => failedCall(call, error));
    }
  }

  async #sendPipeline(
    calls: readonly CacheCall[],
    { isAsking, deadlineMs }: SendOptions & { readonly deadlineMs: number },
  ): Promise<readonly CommandResult[]> {
    const pipeline = this.client.pipeline();
    for (const { commands } of calls) {
      for (const command of commands) {
        if (isAsking) pipeline.asking();
        append(pipeline, command, deadlineMs);
      }
    }
    const results = (await pipeline.exec()) ?? [];
    return isAsking ? results.filter((_, index) => index % 2 === 1) : results;
  }

  #sendPlain(calls: readonly CacheCall[], { isAsking }: SendOptions): Promise<readonly CommandResult[]> {
    const commands = calls.flatMap((call) => call.commands);
    return Promise.all(
      commands.map(async (command): Promise<CommandResult> => {
        try {
          if (command.kind !== "eval") throw new TypeError(`${command.kind} cannot stand beside a plain script`);
          const asked = isAsking ? this.client.asking() : null;
          const value = await this.client.call(
            "eval",
            command.text,
            command.keys.length,
            ...command.keys,
            ...command.values,
          );
          await asked;
          return [null, value];
        } catch (error) {
          return [error, null];
        }
      }),
    );
  }
}

function sumOf(calls: readonly CacheCall[]): number {
  return calls.reduce((sum, { bytes }) => sum + bytes, 0);
}

export function failedCall({ commands }: CacheCall, error: unknown): CallResult {
  return commands.map(() => [error, null]);
}

function append(pipeline: ChainableCommander, command: ServerCommand, deadlineMs: number): void {
  const { keys } = command;
  if (command.kind === "mget") {
    pipeline.mgetBuffer([...keys]);
    return;
  }
  if (command.kind === "eval") throw new TypeError("a plain script cannot stand in a pipeline");
  const name = commandOf(command.script);
  const run: unknown = Reflect.get(pipeline, `${name}Buffer`);
  if (typeof run !== "function") throw new TypeError(`the client has no command ${name}`);
  Reflect.apply(run, pipeline, [keys.length, ...keys, deadlineMs, ...command.values]);
}

function split(calls: readonly CacheCall[], results: readonly CommandResult[]): readonly CallResult[] {
  let at = 0;
  return calls.map(({ commands }) =>
    commands.map(() => {
      const result = results[at];
      at += 1;
      return result ?? [new Error("Connection is closed."), null];
    }),
  );
}
