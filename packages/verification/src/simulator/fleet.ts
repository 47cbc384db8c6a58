/**
 * The processes. Each is started over the simulated network, learns the cache
 * epoch as a real one does, and has a real writer or reader. A supervisor
 * starts a new process where one died or could not start.
 */
import {
  type ElapsedTime,
  type Lane,
  Reader,
  type ReaderOptions,
  CacheEpochKeeper,
  type CacheEpochOptions,
  type CopyReading,
  type CorePorts,
  Writer,
  type WriterOptions,
} from "@trilane/write-through";
import type { ErasurePlan } from "@trilane/write-through/protocol";
import type { MemoryStore } from "@trilane/write-through/testing";
import { drawTraits } from "./clock-configuration.ts";
import { type ClockVariant, cacheEpochSeenBy } from "./clock-variants.ts";
import type { CacheServer } from "./cache-server.ts";
import type { Dice } from "./dice.ts";
import type { Network } from "./network.ts";
import { SimulatedCache } from "./simulated-cache.ts";
import { type ErasureParts, SimulatedErasures } from "./simulated-erasures.ts";
import { SimulatedProcess } from "./simulated-process.ts";
import { SimulatedStore } from "./simulated-store.ts";

export type Role = Lane | "reader";

/** A place for a process. One process after another may fill it. */
export interface Member {
  readonly role: Role;
  process: SimulatedProcess;
  readonly readerOptions: ReaderOptions;
  /** Null while the process starts, and in readers. */
  writer: Writer | null;
  reader: Reader | null;
  keeper: CacheEpochKeeper | null;
  /** Calls of the process that have not come back. */
  pending: number;
}

export interface FleetParts {
  readonly network: Network;
  readonly store: MemoryStore;
  readonly cacheServer: CacheServer;
  readonly dice: Dice;
  readonly clockVariant: ClockVariant;
  readonly copies: CopyReading;
  readonly erasures: ErasureParts;
  readonly erasurePlan: ErasurePlan;
  readonly writerOptions: WriterOptions;
  readonly readerOptions: ReaderOptions;
  readonly cacheEpochOptions: CacheEpochOptions;
  /** The lengths of leases that processes are configured with. The length in the record is the one that counts. */
  readonly leaseLengthsMs: readonly [number, ...number[]];
  /** A process is ready to work. */
  readonly onReady: (member: Member) => void;
}

const RESTART_MS_MAX = 200;
const ID_PREFIX_WIDTH = 10;
const ID_COUNTER_WIDTH = 6;

export class Fleet {
  readonly members: Member[] = [];
  readonly #parts: FleetParts;
  #processes = 0;

  constructor(parts: FleetParts) {
    this.#parts = parts;
  }

  add(role: Role, readerOptions: ReaderOptions = this.#parts.readerOptions): Member {
    const process = this.#newProcess();
    const member: Member = { role, process, readerOptions, writer: null, reader: null, keeper: null, pending: 0 };
    this.members.push(member);
    void this.#start(member);
    return member;
  }

  /** The members of a role that could take work now. */
  running(role: Role): readonly Member[] {
    return this.members.filter(
      (member) =>
        member.role === role && member.process.isRunning && (member.writer !== null || member.reader !== null),
    );
  }

  /** False for a process that is not in the fleet. */
  crash(process: SimulatedProcess): boolean {
    const member = this.members.find((candidate) => candidate.process === process);
    if (member === undefined || process.isDead) return false;
    process.kill();
    Object.assign(member, { writer: null, reader: null, keeper: null, pending: 0 });
    const { network, dice } = this.#parts;
    network.queue.after(dice.between(0, RESTART_MS_MAX) * 1_000, () => {
      member.process = this.#newProcess();
      void this.#start(member);
    });
    return true;
  }

  async #start(member: Member): Promise<void> {
    const { network, store, cacheServer, dice, clockVariant, copies, writerOptions, onReady } = this.#parts;
    const { process, readerOptions } = member;
    const simulatedStore = new SimulatedStore(network, process, store);
    const cache = new SimulatedCache(network, process, cacheServer);
    const options = this.#cacheEpochOptions(process);
    const keeper = await this.#openCacheEpoch(process, { cacheEpochs: simulatedStore, cache, options });
    member.keeper = keeper;
    const ports: CorePorts = {
      store: simulatedStore,
      cache,
      copies,
      clock: process.clock,
      random: dice.random,
      nextId: nextIdOf(process),
      emit: () => undefined,
      cacheEpoch: cacheEpochSeenBy(clockVariant, keeper, { clock: process.clock, leaseMs: options.leaseMs }),
    };
    if (member.role === "reader") member.reader = new Reader(ports, readerOptions);
    else member.writer = new Writer(ports, writerOptions);
    onReady(member);
  }

  /** A process that cannot learn the cache epoch ends, and is started again. */
  async #openCacheEpoch(
    process: SimulatedProcess,
    { cacheEpochs, cache, options }: { cacheEpochs: SimulatedStore; cache: SimulatedCache; options: CacheEpochOptions },
  ): Promise<CacheEpochKeeper> {
    const { clock, background } = process;
    const elapsedTime = (): ElapsedTime => this.#observedElapsedTime(process);
    const { erasurePlan } = this.#parts;
    const erasures = new SimulatedErasures(cacheEpochs, this.#parts.erasures);
    const common = { cacheEpochs, cache, clock, background, elapsedTime, emit: () => undefined };
    const ports = { ...common, erasures, erasurePlan };
    for (;;) {
      try {
        return await CacheEpochKeeper.open(ports, options);
      } catch {
        await clock.sleep(this.#parts.dice.between(0, RESTART_MS_MAX));
      }
    }
  }

  /** A change of a clock counts only when the process has seen it. */
  #observedElapsedTime({ clock, clocks }: SimulatedProcess): ElapsedTime {
    const { clockVariant, network } = this.#parts;
    const elapsedTime = clockVariant.elapsedTime(clock);
    return () => {
      for (const change of clocks.read()) if (change !== "resumed") network.faults.fired(`clock ${change}`);
      return elapsedTime();
    };
  }

  #cacheEpochOptions({ number }: SimulatedProcess): CacheEpochOptions {
    const { cacheEpochOptions, leaseLengthsMs, dice } = this.#parts;
    return { ...cacheEpochOptions, leaseMs: dice.pick(leaseLengthsMs), process: `process-${number}` };
  }

  #newProcess(): SimulatedProcess {
    const { network, dice, clockVariant } = this.#parts;
    const traits = drawTraits(dice, network.clocks, clockVariant.stopsWallClock);
    return new SimulatedProcess(this.#processes++, network.queue, traits);
  }
}

/** Like production's: a prefix of the process and a counter. */
function nextIdOf(process: SimulatedProcess): () => string {
  const prefix = process.number.toString(36).padStart(ID_PREFIX_WIDTH, "0");
  let counter = 0;
  return () => prefix + (counter++).toString(36).padStart(ID_COUNTER_WIDTH, "0");
}
