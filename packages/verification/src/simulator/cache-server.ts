/**
 * The one cache of a simulation, and the losses of its entries: evictions, and
 * leases that end before their fill.
 *
 * Fences are evicted only in runs where every publish is answered. The protocol
 * claims no more for a lost fence, and production needs less: there a fence has
 * no time to live and the server's policy is `volatile-*`. The whole cache is
 * lost by a flush, or by a restart with the data that it had at the previous
 * loss: then its guard is that of another server.
 */
import type {
  CacheFailure,
  CacheFill,
  CacheLease,
  CacheLeaseReply,
  CacheSettleReply,
  Clock,
} from "@trilane/write-through";
import type { MemoryCache, MemorySnapshot } from "@trilane/write-through/testing";
import type { Faults } from "./faults.ts";

export interface CacheServerParts {
  readonly cache: MemoryCache;
  /** The server's clock. */
  readonly clock: Pick<Clock, "nowMs">;
  readonly faults: Faults;
  readonly losesFences: boolean;
}

export class CacheServer {
  readonly cache: MemoryCache;
  readonly #parts: CacheServerParts;
  /** Token -> when its lease ends. */
  readonly #leases = new Map<string, number>();
  #saved: MemorySnapshot;

  constructor(parts: CacheServerParts) {
    this.cache = parts.cache;
    this.#parts = parts;
    this.#saved = parts.cache.snapshot();
  }

  async lease(epoch: number, commands: readonly CacheLease[]): Promise<readonly (CacheLeaseReply | CacheFailure)[]> {
    const { clock } = this.#parts;
    const replies = await this.cache.lease(epoch, commands);
    commands.forEach(({ token, ttlMs }, index) => {
      if (replies[index]?.kind === "granted") this.#leases.set(token, clock.nowMs() + ttlMs);
    });
    return replies;
  }

  fill(epoch: number, commands: readonly CacheFill[]): Promise<readonly CacheSettleReply[]> {
    const { clock, faults } = this.#parts;
    for (const { token } of commands) {
      if ((this.#leases.get(token) ?? Infinity) <= clock.nowMs()) faults.fired("lease expiry");
      this.#leases.delete(token);
    }
    return this.cache.fill(epoch, commands);
  }

  /** Loses everything, directly before a command. */
  loseAll(): void {
    const { faults } = this.#parts;
    if (faults.strikes("cache flushed")) {
      faults.fired("cache flushed");
      this.cache.flush();
    }
    if (faults.strikes("cache restarted with old data")) {
      faults.fired("cache restarted with old data");
      const saved = this.cache.snapshot();
      this.cache.restart(this.#saved);
      this.#saved = saved;
    }
  }

  /**
   * Evicts some of the keys' entries directly before a command that would have met them. An earlier eviction would make
   * no difference.
   */
  evictSomeOf(keys: readonly string[]): void {
    const { faults, losesFences } = this.#parts;
    for (const key of keys) {
      if (!faults.strikes("eviction")) continue;
      const { state } = this.cache.entry(key);
      if (state === "absent" || (state === "fence" && !losesFences)) continue;
      this.cache.evict(key);
      faults.fired("eviction");
    }
  }
}
