/**
 * The store as one process reaches it: a decorator of the memory store.
 *
 * A call is cut into groups as the real adapter cuts it: single puts for a few
 * records, otherwise batches. The items of a group execute at moments of their
 * own, in any order with the other groups; so some items of a call land and
 * others do not. A put that was refused in a batch learns later, by a read,
 * which version refused it. A put whose sender gave up may still land at any
 * later time.
 */
import {
  CoreError,
  type CacheEpoch,
  type CacheEpochReading,
  type CacheEpochRecord,
  type CacheEpochStore,
  type Store,
  type StorePut,
  type StorePutReply,
  type StoreReadReply,
  chunked,
} from "@trilane/write-through";
import type { MemoryStore } from "@trilane/write-through/testing";
import { strikeClock } from "./clock-faults.ts";
import { Call, type Network, travelUs } from "./network.ts";
import type { SimulatedProcess } from "./simulated-process.ts";

type Failed = Extract<StorePutReply, { kind: "failed" }>;
type Fate = "runs" | "slow" | "lost" | "reply lost" | "late" | "resent" | "partitioned";

const UNAVAILABLE: Failed = failure("STORE_UNAVAILABLE", "the store gave no answer in time");
const THROTTLED: Failed = failure("STORE_THROTTLED", "the store asks for less");

/** From this many records on, puts go in batches, as in the real adapter. */
const BULK_FROM = 4;
/** The maximum of milliseconds between the moment when its sender gives up and the moment when a put lands. */
const LATE_MS_MAX = 30_000;
const LATE_SHARE = 0.7;
const THROTTLED_SHARE = 0.5;
const CACHE_EPOCH_FAULTS_SHARE = 0.2;
const FAULT_OF = {
  partitioned: "store partition",
  lost: "store request lost",
  "reply lost": "store reply lost",
} as const;

interface Group<Item, Reply> {
  readonly items: readonly Item[];
  /** Executes some of the items; calls back with their replies. */
  readonly execute: (items: readonly Item[], then: (replies: readonly Reply[]) => void) => void;
}

export class SimulatedStore implements Store, CacheEpochStore {
  readonly #network: Network;
  readonly #process: SimulatedProcess;
  readonly #store: MemoryStore;

  constructor(network: Network, process: SimulatedProcess, store: MemoryStore) {
    this.#network = network;
    this.#process = process;
    this.#store = store;
  }

  put(puts: readonly StorePut[]): Promise<readonly StorePutReply[]> {
    const isBulk = puts.length >= BULK_FROM;
    const size = isBulk ? this.#network.configuration.putsPerGroup : 1;
    return this.#call(chunked(puts, size), {
      isPut: true,
      execute: (items, then) => this.#put(items, isBulk, then),
    });
  }

  read(keys: readonly string[]): Promise<readonly StoreReadReply[]> {
    return this.#call<string, StoreReadReply>(chunked(keys, this.#network.configuration.readsPerGroup), {
      isPut: false,
      execute: (items, then) => {
        void this.#store.read(items).then(then);
        this.#network.onStep("read", this.#process, items);
      },
    });
  }

  readCacheEpoch(): Promise<CacheEpochReading> {
    return this.request("cache-epoch", () => this.#store.readCacheEpoch());
  }

  changeCacheEpoch(from: CacheEpoch | null, to: CacheEpochRecord): Promise<boolean> {
    return this.request("cache-epoch", async () => {
      const isChanged = await this.#store.changeCacheEpoch(from, to);
      if (isChanged) this.#network.onCacheEpochChange();
      return isChanged;
    });
  }

  #put(puts: readonly StorePut[], isBulk: boolean, then: (replies: readonly StorePutReply[]) => void): void {
    const { queue, dice, configuration } = this.#network;
    void this.#store.put(puts).then((replies) => {
      puts.forEach((put, index) => {
        if (replies[index]?.kind === "stored") this.#network.onStored(put);
      });
      const isRefused = replies.some(({ kind }) => kind === "refused");
      if (!isBulk || !isRefused) then(replies);
      else
        queue.after(dice.between(0, configuration.storeTravelUsMax), () => void this.#lookUp(puts, replies).then(then));
    });
    this.#network.onStep("put", this.#process, keysOf(puts));
  }

  /** A batch does not say which version refused a record. A read does, and may find a still newer version. */
  async #lookUp(puts: readonly StorePut[], replies: readonly StorePutReply[]): Promise<readonly StorePutReply[]> {
    const found = await this.#store.read(keysOf(puts));
    return replies.map((reply, index): StorePutReply => {
      const read = found[index];
      return reply.kind === "refused" && read?.kind === "found" ? { kind: "refused", current: read.copy } : reply;
    });
  }

  #call<Item, Reply>(
    groups: readonly (readonly Item[])[],
    { isPut, execute }: { isPut: boolean; execute: Group<Item, Reply | Failed>["execute"] },
  ): Promise<readonly (Reply | Failed)[]> {
    const { configuration } = this.#network;
    return new Promise((resolve) => {
      const call = new Call<Reply | Failed>(this.#network, {
        process: this.#process,
        parts: groups.length,
        // The client's second attempt has as much time as the first.
        timeoutUs: this.#process.clocks.usAfter(configuration.storeTimeoutMs * 2),
        fail: (part) => (groups[part] ?? []).map(() => UNAVAILABLE),
        resolve,
      });
      groups.forEach((items, part) => this.#send({ items, execute }, { call, part, fate: this.#fate(isPut) }));
    });
  }

  #fate(isPut: boolean): Fate {
    const { queue, faults } = this.#network;
    if (queue.nowUs < this.#process.cutOffFromStoreUntilUs) return "partitioned";
    if (faults.strikes("store request lost")) return "lost";
    if (faults.strikes("store reply lost")) return "reply lost";
    if (isPut && faults.strikes("store put late")) return "late";
    if (isPut && faults.strikes("store put resent")) return "resent";
    return faults.strikes("store slow") ? "slow" : "runs";
  }

  #send<Item, Reply>(
    group: Group<Item, Reply | Failed>,
    { call, part, fate }: { call: Call<Reply | Failed>; part: number; fate: Fate },
  ): void {
    const { queue, dice, faults, configuration } = this.#network;
    const { nowUs } = queue;
    const timeoutUs = this.#process.clocks.usAfter(configuration.storeTimeoutMs);
    const givesUpUs = dice.chance(0.5) ? nowUs + dice.between(0, configuration.storeTravelUsMax) : timeoutUs;
    const reply = (replies: readonly (Reply | Failed)[]): void =>
      call.reply(part, replies, queue.nowUs + this.#travelUs());
    switch (fate) {
      case "partitioned":
      case "lost":
        faults.fired(FAULT_OF[fate]);
        call.fail(part, givesUpUs);
        return;
      case "reply lost":
        this.#execute(
          group,
          () => nowUs + this.#travelUs(),
          () => faults.fired("store reply lost"),
        );
        call.fail(part, givesUpUs);
        return;
      case "late": {
        const lateUs = (): number => givesUpUs + dice.logBetween(0.01, LATE_MS_MAX) * 1_000;
        const runsUs = (): number => (dice.chance(LATE_SHARE) ? lateUs() : nowUs + this.#travelUs());
        this.#execute(group, runsUs, (_, lastUs) => {
          if (lastUs > givesUpUs) faults.fired("store put late");
        });
        call.fail(part, givesUpUs);
        return;
      }
      case "resent": {
        const againUs = nowUs + dice.logBetween(0.1, configuration.storeTimeoutMs) * 1_000;
        const firstUs = (): number => nowUs + this.#travelUs() * (dice.chance(0.3) ? 100 : 1);
        this.#execute(group, firstUs, () => faults.fired("store put resent"));
        this.#execute(group, () => againUs + this.#travelUs(), reply);
        return;
      }
      case "slow":
        faults.fired("store slow");
        this.#execute(group, () => dice.between(nowUs, timeoutUs), reply);
        return;
      case "runs":
        if (faults.strikes("store throttled")) this.#throttle(group, reply);
        else this.#execute(group, () => nowUs + this.#travelUs(), reply);
    }
  }

  /** Some items are refused, the others run. */
  #throttle<Item, Reply>(
    { items, execute }: Group<Item, Reply | Failed>,
    reply: (replies: readonly (Reply | Failed)[]) => void,
  ): void {
    const { queue, dice, faults } = this.#network;
    const replies: (Reply | Failed)[] = items.map(() => THROTTLED);
    const spared = items.map((_, index) => index).filter(() => !dice.chance(THROTTLED_SHARE));
    if (spared.length < items.length) faults.fired("store throttled");
    queue.after(this.#travelUs(), () => {
      if (spared.length === 0) return reply(replies);
      const run = spared.flatMap((index) => items.slice(index, index + 1));
      execute(run, (some) => {
        spared.forEach((index, position) => (replies[index] = some[position] ?? THROTTLED));
        reply(replies);
      });
    });
  }

  /** Executes the group's items in some runs, each at its own time; `then` at the last. */
  #execute<Item, Reply>(
    { items, execute }: Group<Item, Reply>,
    runsUs: () => number,
    then: (replies: readonly Reply[], lastUs: number) => void,
  ): void {
    const { queue, dice, configuration } = this.#network;
    const moments = Math.min(items.length, dice.whole(1, configuration.momentsMax));
    const runs = moments === 1 ? [items] : chunked(items, Math.ceil(items.length / moments));
    const replies: (readonly Reply[])[] = [];
    let left = runs.length;
    runs.forEach((run, index) => {
      queue.at(runsUs(), () => {
        execute(run, (some) => {
          replies[index] = some;
          left -= 1;
          if (left === 0) then(runs.length === 1 ? some : replies.flat(), queue.nowUs);
        });
      });
    });
  }

  /** A request about the cache epoch or the list of erasures. */
  request<Reply>(step: string, execute: () => Promise<Reply>): Promise<Reply> {
    const { queue, faults, dice, configuration } = this.#network;
    // Processes look at the record all the time, so most faults are for the records themselves.
    const isCutOff = queue.nowUs < this.#process.cutOffFromStoreUntilUs;
    const fate = isCutOff || dice.chance(CACHE_EPOCH_FAULTS_SHARE) ? this.#fate(false) : "runs";
    return new Promise((resolve, reject) => {
      if (fate === "partitioned" || fate === "lost" || fate === "reply lost") {
        faults.fired(FAULT_OF[fate]);
        const giveUp = (): void => this.#process.deliver("reply", () => reject(UNAVAILABLE.error));
        queue.at(this.#process.clocks.usAfter(configuration.storeTimeoutMs), giveUp);
        if (fate !== "reply lost") return;
      }
      queue.after(this.#travelUs(), () => {
        void execute().then((reply) => {
          queue.after(this.#travelUs(), () => {
            if (dice.chance(CACHE_EPOCH_FAULTS_SHARE)) strikeClock(this.#network, this.#process);
            this.#process.deliver("reply", () => resolve(reply));
          });
        });
        this.#network.onStep(step, this.#process, []);
      });
    });
  }

  #travelUs(): number {
    const { storeTravelUsMax: usMax, storeTimeoutMs: timeoutMs } = this.#network.configuration;
    return travelUs(this.#network, { usMin: usMax / 10, usMax, timeoutMs });
  }
}

function keysOf(puts: readonly StorePut[]): readonly string[] {
  return puts.map(({ key }) => key);
}

function failure(code: "STORE_UNAVAILABLE" | "STORE_THROTTLED", message: string): Failed {
  return { kind: "failed", error: new CoreError(code, message) };
}
