/**
 * The cache in memory: the pure transitions, a guard, and times to live by the
 * given clock. It keeps the same contract as Valkey's.
 */
import { CoreError } from "../errors.ts";
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
  CacheSettleReply,
} from "../ports/cache.ts";
import type { Clock } from "../ports/clock.ts";
import type { StoredBody } from "../ports/store.ts";
import { type CacheTransitions, createCacheTransitions } from "../protocol/cache-transitions.ts";
import { ABSENT } from "../protocol/entry.ts";
import { newerGuard } from "../cache-epoch/newer-guard.ts";

interface Slot {
  readonly entry: CacheEntry;
  /** Infinity where the entry does not expire. */
  readonly expiresAtMs: number;
}

interface Guard {
  readonly epoch: number;
  /** The server's identity when the epoch began. */
  readonly identity: number;
}

/** The state that a server has saved, for a restart with old data. */
export interface MemorySnapshot {
  readonly slots: ReadonlyMap<string, Slot>;
  readonly guard: Guard | null;
}

const SETTLED: CacheSettleReply = { kind: "settled" };

export class MemoryCache implements Cache {
  readonly #clock: Clock;
  readonly #transitions: CacheTransitions<StoredBody>;
  #slots = new Map<string, Slot>();
  #guard: Guard | null = null;
  /** Stands for the replication id. A restarted server has another one. */
  #identity = 1;

  constructor(clock: Clock, transitions: CacheTransitions<StoredBody> = createCacheTransitions<StoredBody>()) {
    this.#clock = clock;
    this.#transitions = transitions;
  }

  probe(): Promise<CacheSettleReply> {
    return Promise.resolve(SETTLED);
  }

  check(epoch: number): Promise<CacheSettleReply> {
    return Promise.resolve(this.#lost(epoch) ?? SETTLED);
  }

  begin(epoch: number): Promise<CacheSettleReply> {
    if (this.#guard !== null && this.#guard.epoch >= epoch) return Promise.resolve(newerGuard(epoch));
    this.#guard = { epoch, identity: this.#identity };
    return Promise.resolve(SETTLED);
  }

  get(epoch: number, keys: readonly string[]): Promise<readonly CacheGetReply[]> {
    return this.#each(epoch, keys, (key) => ({
      kind: "got" as const,
      entry: this.#transitions.view(this.entry(key), epoch),
    }));
  }

  fence(epoch: number, commands: readonly CacheFence[]): Promise<readonly CacheFenceReply[]> {
    return this.#each(epoch, commands, ({ key, version, id }) => {
      const { entry, reply } = this.#transitions.fence(this.entry(key), { epoch, version, id });
      this.#set(key, entry, this.#expiryOf(key));
      return reply;
    });
  }

  publish(epoch: number, commands: readonly CachePublish[]): Promise<readonly CacheSettleReply[]> {
    return this.#each(epoch, commands, ({ key, id, copy, ttlMs }) => {
      const entry = this.#transitions.publish(this.entry(key), { epoch, id, copy, keep: ttlMs > 0 });
      return this.#settled(key, entry, ttlMs);
    });
  }

  raise(epoch: number, commands: readonly CacheRaise[]): Promise<readonly CacheSettleReply[]> {
    return this.#each(epoch, commands, ({ key, id, copy, ttlMs }) => {
      const entry = this.#transitions.raise(this.entry(key), { epoch, id, copy, keep: ttlMs > 0 });
      return this.#settled(key, entry, ttlMs);
    });
  }

  lease(epoch: number, commands: readonly CacheLease[]): Promise<readonly CacheLeaseReply[]> {
    return this.#each(epoch, commands, ({ key, token, ttlMs }) => {
      const { entry, reply } = this.#transitions.lease(this.entry(key), { epoch, token });
      this.#set(key, entry, ttlMs + this.#clock.nowMs());
      return reply;
    });
  }

  fill(epoch: number, commands: readonly CacheFill[]): Promise<readonly CacheSettleReply[]> {
    return this.#each(epoch, commands, ({ key, token, copy, ttlMs }) => {
      const entry = this.#transitions.fill(this.entry(key), { epoch, token, copy, keep: ttlMs > 0 });
      return this.#settled(key, entry, ttlMs);
    });
  }

  heal(epoch: number, commands: readonly CacheHeal[]): Promise<readonly CacheSettleReply[]> {
    return this.#each(epoch, commands, ({ key, seen }) => {
      this.#set(key, this.#transitions.heal(this.entry(key), seen), Infinity);
      return SETTLED;
    });
  }

  /** Puts a foreign value under a key, as another program would. */
  overwrite(key: string, bytes: Uint8Array): void {
    this.#slots.set(key, { entry: { state: "foreign", seen: bytes }, expiresAtMs: Infinity });
  }

  /** The entry of a key, whatever its epoch. */
  entry(key: string): CacheEntry {
    const slot = this.#slots.get(key);
    if (slot === undefined || slot.expiresAtMs <= this.#clock.nowMs()) return ABSENT;
    return slot.entry;
  }

  /** Removes one key, as an eviction would. */
  evict(key: string): void {
    this.#slots.delete(key);
  }

  /** Removes everything, the guard included, as FLUSHALL or an empty restart would. */
  flush(): void {
    this.#slots.clear();
    this.#guard = null;
  }

  snapshot(): MemorySnapshot {
    return { slots: new Map(this.#slots), guard: this.#guard };
  }

  /** Behaves as a server that comes back with the state that it had saved, and with another replication id. */
  restart(saved: MemorySnapshot): void {
    this.#slots = new Map(saved.slots);
    this.#guard = saved.guard;
    this.#identity += 1;
  }

  #each<Command, Reply>(
    epoch: number,
    commands: readonly Command[],
    run: (command: Command) => Reply,
  ): Promise<readonly (Reply | CacheFailure)[]> {
    const failure = this.#lost(epoch);
    return Promise.resolve(commands.map((command) => failure ?? run(command)));
  }

  #settled(key: string, entry: CacheEntry, ttlMs: number): CacheSettleReply {
    this.#set(key, entry, ttlMs + this.#clock.nowMs());
    return SETTLED;
  }

  /** An entry that a command did not change keeps its time to live; a fence has none. */
  #set(key: string, entry: CacheEntry, expiresAtMs: number): void {
    const met = this.#slots.get(key);
    if (met?.entry === entry) return;
    if (entry.state === "absent") this.#slots.delete(key);
    else if (entry.state === "fence") this.#slots.set(key, { entry, expiresAtMs: Infinity });
    else if (entry.state === "lease" && met?.entry.state === "lease" && met.entry.token === entry.token) {
      this.#slots.set(key, { entry, expiresAtMs: met.expiresAtMs });
    } else this.#slots.set(key, { entry, expiresAtMs });
  }

  #expiryOf(key: string): number {
    return this.#slots.get(key)?.expiresAtMs ?? Infinity;
  }

  #lost(epoch: number): CacheFailure | null {
    const guard = this.#guard;
    return guard?.epoch === epoch && guard.identity === this.#identity ? null : lost(epoch, guard);
  }
}

function lost(epoch: number, guard: Guard | null): CacheFailure {
  const message = `the cache has the guard of epoch ${guard?.epoch ?? "none"}, this command expects ${epoch}`;
  return { kind: "failed", error: new CoreError("CACHE_LOST", message) };
}
