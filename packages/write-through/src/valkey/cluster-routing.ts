/**
 * A cluster has many buckets, each on the primary that holds its slot. One
 * pipeline per primary carries the calls for all its buckets.
 *
 * The client is used only for its knowledge (which node holds which slot, and a
 * connection to each node), never to send: its own handling of redirections
 * also sends commands again whose answer was lost. Here a call is sent again
 * once, and only when the node said that it did not run it. MOVED names the
 * node that holds the slot now, ASK the node that is taking it over. Both lead
 * to a node whose replication id is not in the guard, unless the epoch began
 * there. So a slot that has moved answers CACHE_LOST by itself, and the entries
 * of a promoted replica do too.
 *
 * An error that may come from a change of the cluster makes the client ask for
 * the slots again, after the answer, so that the next attempt finds the new
 * node.
 */
import type { Cluster, Redis } from "ioredis";
import type { Clock } from "../ports/clock.ts";
import type { Bucket, CacheCall, CacheRouting, CallResult } from "./cache-routing.ts";
import { isSilence, type Redirection, redirectionOf } from "./cache-errors.ts";
import { checkCacheServer, type CacheServer } from "./check-server.ts";
import { bucketIndexOf, type ClusterBucket, clusterBuckets } from "./cluster-buckets.ts";
import { CoreError } from "../errors.ts";
import { itemAt, paired } from "../by-position.ts";
import { listConnections, type CacheConnection } from "./list-connections.ts";
import { failedCall, ServerLink } from "./server-link.ts";
import { SilentBuckets } from "./silent-buckets.ts";
import type { SingleRoutingOptions } from "./single-routing.ts";

export interface ClusterRoutingOptions extends SingleRoutingOptions {
  /** The same in every process. */
  readonly buckets: number;
}

interface Routed {
  readonly call: CacheCall;
  /** The position among the calls. */
  readonly at: number;
}

/** Milliseconds between two questions for the slots, however many commands fail meanwhile. */
const REFRESH_MS_MIN = 100;

export class ClusterRouting implements CacheRouting {
  readonly buckets: readonly ClusterBucket[];
  readonly #cluster: Cluster;
  readonly #clock: Clock;
  readonly #budgetMs: number;
  readonly #links = new WeakMap<Redis, ServerLink>();
  readonly #slotOf: ReadonlyMap<string, number>;
  readonly #silent: SilentBuckets<Bucket>;
  #refreshing: Promise<void> | null = null;
  #refreshedAtMs = Number.NEGATIVE_INFINITY;

  constructor(cluster: Cluster, clock: Clock, { prefix, commandBudgetMs, buckets }: ClusterRoutingOptions) {
    this.buckets = clusterBuckets(prefix, buckets);
    this.#slotOf = new Map(this.buckets.map(({ guardKey, slot }) => [guardKey, slot]));
    this.#cluster = cluster;
    this.#clock = clock;
    this.#budgetMs = commandBudgetMs;
    this.#silent = new SilentBuckets(commandBudgetMs);
  }

  bucketOf(key: string): ClusterBucket {
    const bucket = this.buckets[bucketIndexOf(key, this.buckets.length)];
    if (bucket === undefined) throw new TypeError("a key has no bucket");
    return bucket;
  }

  async send(calls: readonly CacheCall[]): Promise<readonly CallResult[]> {
    const due = this.#silent.takeDue(this.#clock.monotonicMs());
    if (due.length > 0) void this.#sendAll(due.map(whetherItAnswers));
    const results = await this.#sendAll(calls);
    if (!this.#silent.isAnyLong(this.#clock.monotonicMs())) return results;
    return paired(calls, results).map(([call, result]) => {
      const isAnswered = result.every(([error]) => !error);
      return isAnswered ? failedCall(call, partlySilent()) : result;
    });
  }

  async describe(): Promise<readonly CacheServer[]> {
    return Promise.all((await this.#primaries()).map(checkCacheServer));
  }

  async connections(): Promise<readonly CacheConnection[]> {
    return (await Promise.all((await this.#primaries()).map(listConnections))).flat();
  }

  /** The primaries that hold a bucket. @throws CoreError CACHE_UNAVAILABLE */
  async #primaries(): Promise<readonly Redis[]> {
    await this.#refresh();
    const nodes = this.#nodes();
    const owners = new Set(this.buckets.map((bucket) => this.#ownerOf(bucket)));
    return [...owners].map((owner) => {
      const node = owner === undefined ? undefined : nodes.get(owner);
      if (node === undefined) throw unreachable(owner);
      return node;
    });
  }

  async #sendAll(calls: readonly CacheCall[]): Promise<readonly CallResult[]> {
    const results = new Array<CallResult>(calls.length);
    await this.#sendByNode(
      calls.map((call, at) => ({ call, at })),
      results,
    );
    await this.#follow(calls, results);
    const nowMs = this.#clock.monotonicMs();
    for (const [{ bucket }, result] of paired(calls, results)) {
      const isSilent = result.some(([error]) => isSilence(error));
      this.#silent.note(bucket, isSilent, nowMs);
    }
    if (results.some((result) => result.some(([error]) => isSilence(error)))) void this.#refresh();
    return results;
  }

  async #sendByNode(routed: readonly Routed[], results: CallResult[]): Promise<void> {
    const nodes = this.#nodes();
    const byOwner = Map.groupBy(routed, ({ call }) => this.#ownerOf(call.bucket));
    await Promise.all(
      [...byOwner].map(async ([owner, group]) => {
        const node = owner === undefined ? undefined : nodes.get(owner);
        if (node === undefined) {
          for (const { call, at } of group) results[at] = failedCall(call, unreachable(owner));
        } else await this.#sendTo(node, group, results, false);
      }),
    );
  }

  async #sendTo(node: Redis, group: readonly Routed[], results: CallResult[], isAsking: boolean): Promise<void> {
    const calls = group.map(({ call }) => call);
    const answered = await this.#linkTo(node).send(calls, { budgetMs: this.#budgetMs, isAsking });
    for (const [{ at }, result] of paired(group, answered)) results[at] = result;
  }

  /** Sends redirected calls once more, to the node that the redirection names. */
  async #follow(calls: readonly CacheCall[], results: CallResult[]): Promise<void> {
    const redirected = paired(calls, results).flatMap(([call, result], at) => {
      const redirection = redirectionOfCall(result);
      return redirection === null ? [] : [{ call, at, ...redirection }];
    });
    if (redirected.length === 0) return;
    const refreshed = this.#refresh();
    // The client does not know the node, or the cluster knows it by another address. It is then found by its slot.
    if (redirected.some(({ node }) => !this.#nodes().has(node))) await refreshed;
    const nodes = this.#nodes();
    const sending = [...Map.groupBy(redirected, ({ kind, node }) => `${kind} ${node}`).values()].map(async (group) => {
      const { kind, node } = itemAt(group, 0);
      const target = nodes.get(node);
      if (target !== undefined) await this.#sendTo(target, group, results, kind === "ask");
      else if (kind === "moved") await this.#sendByNode(group, results);
    });
    await Promise.all(sending);
  }

  /** `host:port` of the primary that holds the bucket, by the client's present knowledge. */
  #ownerOf({ guardKey }: { readonly guardKey: string }): string | undefined {
    return this.#cluster.slots[this.#slotOf.get(guardKey) ?? -1]?.[0];
  }

  #nodes(): ReadonlyMap<string, Redis> {
    return new Map(this.#cluster.nodes("all").map((node) => [`${node.options.host}:${node.options.port}`, node]));
  }

  #linkTo(node: Redis): ServerLink {
    const link = this.#links.get(node) ?? new ServerLink(node, this.#clock);
    this.#links.set(node, link);
    return link;
  }

  /** Asks a node for the slots. Never rejects, since the next command shows whether it succeeded. */
  #refresh(): Promise<void> {
    if (this.#refreshing !== null) return this.#refreshing;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#refreshedAtMs < REFRESH_MS_MIN) return Promise.resolve();
    this.#refreshedAtMs = nowMs;
    this.#refreshing = new Promise<void>((resolve) => this.#cluster.refreshSlotsCache(() => resolve())).finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }
}

/**
 * A call goes where its guard went. While a slot is moving, ASK for a single key only says that the key is not here,
 * and the same is said of every key that does not exist. The guard, and with it the bucket, may still be here.
 */
function redirectionOfCall(result: CallResult): Redirection | null {
  const redirections = result.map(([error]) => redirectionOf(error));
  return redirections.find((met) => met?.kind === "moved") ?? redirections.at(-1) ?? null;
}

/** A question to which any answer is good, so it changes nothing and needs no epoch. */
function whetherItAnswers(bucket: Bucket): CacheCall {
  return { bucket, commands: [{ kind: "mget", keys: [bucket.guardKey] }], bytes: 0 };
}

function partlySilent(): CoreError {
  return new CoreError("CACHE_UNAVAILABLE", "cache: a part of the cluster has given no answer for some time");
}

function unreachable(owner: string | undefined): CoreError {
  const where = owner === undefined ? "no node holds the slot" : `no connection to ${owner}`;
  return new CoreError("CACHE_UNAVAILABLE", `cache: ${where}`);
}
