/** One server of the cache: sends it calls as one pipeline, and gives each call its results. */
import type { ChainableCommander, Redis } from "ioredis";
import type { CacheCall, CallResult, CommandResult, ServerCommand } from "./cache-routing.ts";
import { isLate } from "./cache-errors.ts";
import { commandOf, defineScripts } from "./scripts.ts";
import { ServerTime } from "./server-time.ts";
import type { Clock } from "../ports/clock.ts";

/** One server's connection, its clock, and the scripts as its commands. */
export class ServerLink {
  readonly client: Redis;
  readonly #serverTime: ServerTime;

  constructor(client: Redis, clock: Clock) {
    this.client = client;
    this.#serverTime = new ServerTime(client, clock);
    defineScripts(client);
  }

  /** Sends all calls as one pipeline; one result per call, in order. With `asking`, as ASK demands. Never rejects. */
  async send(
    calls: readonly CacheCall[],
    { budgetMs, asking = false }: { readonly budgetMs: number; readonly asking?: boolean },
  ): Promise<readonly CallResult[]> {
    try {
      const deadlineMs = await this.#serverTime.deadlineMs(budgetMs);
      const pipeline = this.client.pipeline();
      for (const { commands } of calls) {
        for (const command of commands) {
          if (asking) pipeline.asking();
          append(pipeline, command, deadlineMs);
        }
      }
      const all = (await pipeline.exec()) ?? [];
      const results = asking ? all.filter((_, index) => index % 2 === 1) : all;
      if (results.some(([error]) => isLate(error))) this.#serverTime.forget();
      return split(calls, results);
    } catch (error) {
      return calls.map((call) => failedCall(call, error));
    }
  }
}

export function failedCall({ commands }: CacheCall, error: unknown): CallResult {
  return commands.map(() => [error, null]);
}

function append(pipeline: ChainableCommander, command: ServerCommand, deadlineMs: number): void {
  const { keys } = command;
  switch (command.kind) {
    case "mget":
      pipeline.mgetBuffer([...keys]);
      return;
    case "eval":
      pipeline.call("eval", [command.text, keys.length, ...keys, ...command.values]);
      return;
    case "script": {
      const name = commandOf(command.script);
      const run: unknown = Reflect.get(pipeline, `${name}Buffer`);
      if (typeof run !== "function") throw new TypeError(`the client has no command ${name}`);
      Reflect.apply(run, pipeline, [keys.length, ...keys, deadlineMs, ...command.values]);
    }
  }
}

function split(calls: readonly CacheCall[], results: readonly CommandResult[]): readonly CallResult[] {
  let at = 0;
  return calls.map(({ commands }) => commands.map(() => results[at++] ?? [new Error("Connection is closed."), null]));
}
