/**
 * One server, or one primary at a time behind one address: it has one
 * connection, and one bucket with all keys.
 */
import type { Redis } from "ioredis";
import type { Clock } from "../ports/clock.ts";
import type { Bucket, CacheCall, CacheRouting, CallResult } from "./cache-routing.ts";
import { checkCacheServer, type CacheServer } from "./check-server.ts";
import { listConnections, type CacheConnection } from "./list-connections.ts";
import { ServerLink } from "./server-link.ts";

export interface SingleRoutingOptions {
  readonly prefix: string;
  readonly commandBudgetMs: number;
}

export class SingleRouting implements CacheRouting {
  readonly buckets: readonly [Bucket];
  readonly #link: ServerLink;
  readonly #budgetMs: number;

  constructor(client: Redis, clock: Clock, { prefix, commandBudgetMs }: SingleRoutingOptions) {
    this.buckets = [{ guardKey: `${prefix}guard`, entryPrefix: `${prefix}e:` }];
    this.#link = new ServerLink(client, clock);
    this.#budgetMs = commandBudgetMs;
  }

  bucketOf(): Bucket {
    return this.buckets[0];
  }

  send(calls: readonly CacheCall[]): Promise<readonly CallResult[]> {
    return this.#link.send(calls, { budgetMs: this.#budgetMs, isAsking: false });
  }

  async describe(): Promise<readonly CacheServer[]> {
    return [await checkCacheServer(this.#link.client)];
  }

  connections(): Promise<readonly CacheConnection[]> {
    return listConnections(this.#link.client);
  }
}
