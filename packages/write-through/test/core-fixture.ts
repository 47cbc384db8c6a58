/**
 * A writer's and a reader's ports on memory adapters. Their calls are noted,
 * and may be given other answers.
 */
import { MemoryCache, MemoryStore, VirtualClock } from "@trilane/write-through/testing";
import {
  type Cache,
  CacheEpochKeeper,
  cacheEpochOptionsDefaults,
  type CoreEvent,
  type CorePorts,
  createNextId,
  plainCopies,
  Reader,
  type Store,
  Writer,
} from "../src/index.ts";

export interface Core {
  readonly store: MemoryStore;
  readonly cache: MemoryCache;
  readonly clock: VirtualClock;
  readonly events: CoreEvent[];
  /** The names of the calls of the cache and the store, with the keys of each, in the order in which they were made. */
  readonly calls: string[];
  readonly ports: CorePorts;
  readonly writer: Writer;
  readonly reader: Reader;
}

export interface CoreOverrides {
  readonly store?: (store: MemoryStore) => Partial<Store>;
  readonly cache?: (cache: MemoryCache) => Partial<Cache>;
}

export const batch = { lane: "batch" } as const;

export async function openCore(overrides: CoreOverrides = {}): Promise<Core> {
  const clock = new VirtualClock();
  const store = new MemoryStore(clock);
  const cache = new MemoryCache(clock);
  const events: CoreEvent[] = [];
  const calls: string[] = [];
  const emit = (event: CoreEvent): void => void events.push(event);
  const cacheEpoch = await CacheEpochKeeper.open({ cacheEpochs: store, cache, clock, emit }, cacheEpochOptionsDefaults);
  const ports: CorePorts = {
    store: noted(store, calls, overrides.store?.(store)),
    cache: noted(cache, calls, overrides.cache?.(cache)),
    clock,
    random: () => 0.5,
    copies: plainCopies,
    nextId: createNextId(),
    emit,
    cacheEpoch,
  };
  return { store, cache, clock, events, calls, ports, writer: new Writer(ports), reader: new Reader(ports) };
}

function noted<Port extends object>(port: Port, calls: string[], override: Partial<Port> = {}): Port {
  return new Proxy(port, {
    get(target, name) {
      const method: unknown = Reflect.get(override, name) ?? Reflect.get(target, name);
      if (typeof method !== "function") return method;
      return (...given: readonly unknown[]): unknown => {
        calls.push(`${String(name)} ${keysOf(given.at(-1)).join(" ")}`);
        return Reflect.apply(method, target, given);
      };
    },
  });
}

function keysOf(commands: unknown): readonly string[] {
  if (!Array.isArray(commands)) return [];
  return commands.map((command: unknown) => (typeof command === "string" ? command : keyOf(command)));
}

function keyOf(command: unknown): string {
  const hasKey = typeof command === "object" && command !== null && "key" in command;
  return hasKey ? String(command.key) : "?";
}
