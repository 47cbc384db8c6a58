/** Several processes over one memory store and one memory cache, on a clock that moves only when told to. */
import { setImmediate as turn } from "node:timers/promises";
import {
  type Cache,
  type Clock,
  CoreError,
  type CoreEvent,
  createNextId,
  plainCopies,
  Reader,
  CacheEpochKeeper,
  type CacheEpochOptions,
  cacheEpochOptionsDefaults,
  Writer,
} from "../../src/index.ts";
import { MemoryCache, MemoryStore, VirtualClock } from "../../src/testing/index.ts";

export interface TestProcess {
  readonly keeper: CacheEpochKeeper;
  readonly writer: Writer;
  readonly reader: Reader;
  readonly events: readonly CoreEvent[];
  /** Sets the time of day of this process alone. */
  stepWall(ms: number): void;
  /** While true, every command of this process goes unanswered, and has no effect. */
  cutOff: boolean;
}

export interface StartState {
  readonly cutOff: boolean;
  /** A cache that is not the bench's. */
  readonly cache?: MemoryCache;
}

export interface Bench {
  readonly store: MemoryStore;
  readonly cache: MemoryCache;
  readonly clock: VirtualClock;
  start(name: string, options?: Partial<CacheEpochOptions>, state?: StartState): Promise<TestProcess>;
  /** Moves the clock until the promise is settled. */
  until<Value>(promise: Promise<Value>): Promise<Value>;
  /** Moves the clock until the condition holds. */
  untilTrue(isTrue: () => boolean): Promise<void>;
  close(): Promise<void>;
}

const STEP_MS = 50;
const STEPS_MAX = 2_000;
const TURNS = 12;

export function openBench(): Bench {
  const clock = new VirtualClock();
  const store = new MemoryStore(clock);
  const cache = new MemoryCache(clock);
  const keepers: CacheEpochKeeper[] = [];
  const untilTrue = async (isTrue: () => boolean): Promise<void> => {
    for (let step = 0; step < STEPS_MAX; step += 1) {
      for (let count = 0; count < TURNS; count += 1) await turn();
      if (isTrue()) return;
      clock.advance(STEP_MS);
    }
    throw new Error("it did not come true");
  };
  return {
    store,
    cache,
    clock,
    untilTrue,
    async start(name, options, { cutOff, cache: ownCache = cache } = { cutOff: false }) {
      const events: CoreEvent[] = [];
      const emit = (event: CoreEvent): void => void events.push(event);
      const process = { cutOff };
      let wallStepMs = 0;
      const own: Clock = {
        nowMs: () => clock.nowMs() + wallStepMs,
        monotonicMs: () => clock.monotonicMs(),
        sleep: (ms, signal) => clock.sleep(ms, signal),
        schedule: (ms, callback) => clock.schedule(ms, callback),
      };
      const stepWall = (ms: number): void => {
        wallStepMs += ms;
      };
      const seen = breakable(ownCache, () => process.cutOff);
      const keeper = await CacheEpochKeeper.open(
        { cacheEpochs: store, cache: seen, clock: own, emit },
        { ...cacheEpochOptionsDefaults, ...options, process: name },
      );
      keepers.push(keeper);
      const ports = {
        store,
        cache: seen,
        clock: own,
        emit,
        random: () => 0.5,
        copies: plainCopies,
        nextId: createNextId(),
        cacheEpoch: keeper,
      };
      const parts = { keeper, writer: new Writer(ports), reader: new Reader(ports), events, stepWall };
      return Object.assign(process, parts);
    },
    async until(promise) {
      let isSettled = false;
      const settled = promise.finally(() => {
        isSettled = true;
      });
      // The caller gets the rejection once the clock has moved that far.
      settled.catch(() => undefined);
      await untilTrue(() => isSettled);
      return settled;
    },
    async close() {
      await Promise.all(keepers.map((keeper) => keeper.close()));
    },
  };
}

function breakable(cache: MemoryCache, isBroken: () => boolean): Cache {
  const error = new CoreError("CACHE_UNAVAILABLE", "cut off");
  const failure = { kind: "failed", error } as const;
  const one = <Reply>(answer: () => Promise<Reply>): Promise<Reply | typeof failure> =>
    isBroken() ? Promise.resolve(failure) : answer();
  const each = <Reply>(
    commands: readonly unknown[],
    answer: () => Promise<readonly Reply[]>,
  ): Promise<readonly (Reply | typeof failure)[]> =>
    isBroken() ? Promise.resolve(commands.map(() => failure)) : answer();
  return {
    probe: () => one(() => cache.probe()),
    check: (epoch) => one(() => cache.check(epoch)),
    begin: (epoch) => one(() => cache.begin(epoch)),
    get: (epoch, keys) => each(keys, () => cache.get(epoch, keys)),
    fence: (epoch, commands) => each(commands, () => cache.fence(epoch, commands)),
    publish: (epoch, commands) => each(commands, () => cache.publish(epoch, commands)),
    raise: (epoch, commands) => each(commands, () => cache.raise(epoch, commands)),
    lease: (epoch, commands) => each(commands, () => cache.lease(epoch, commands)),
    fill: (epoch, commands) => each(commands, () => cache.fill(epoch, commands)),
    heal: (epoch, commands) => each(commands, () => cache.heal(epoch, commands)),
  };
}
