/**
 * Erases persons while the lanes work: for a time, for ever, and lifts it again;
 * and sweeps. It is a process of its own, which stands still now and then, and
 * whose requests get lost as those of any other.
 *
 * Its clocks are right: the pauses of the sweeps go by the time of day, and the
 * index lags by real time.
 */
import {
  CacheEpochKeeper,
  type CacheEpochOptions,
  CoreError,
  type CorePorts,
  erase,
  type ErasureEntry,
  type ErasureRequest,
  PERMANENT_US,
  type SweepOptions,
  sweepUntilResting,
  Writer,
} from "@trilane/write-through";
import type { ErasurePlan } from "@trilane/write-through/protocol";
import type { CacheServer } from "./cache-server.ts";
import type { Dice } from "./dice.ts";
import { realMs, RIGHT_CLOCKS } from "./machine-clocks.ts";
import type { Network } from "./network.ts";
import { digestOf, type ErasureConfiguration, personCopies } from "./persons.ts";
import { SimulatedCache } from "./simulated-cache.ts";
import { type ErasureParts, SimulatedErasures } from "./simulated-erasures.ts";
import { SimulatedProcess } from "./simulated-process.ts";
import { SimulatedStore } from "./simulated-store.ts";

export interface EraserParts {
  readonly network: Network;
  readonly erasures: ErasureParts;
  readonly cacheServer: CacheServer;
  readonly configuration: ErasureConfiguration;
  readonly dice: Dice;
  readonly cacheEpochOptions: CacheEpochOptions;
  readonly erasurePlan: ErasurePlan;
  readonly onDone: () => void;
}

/** No other process has this number. */
const ERASER_NUMBER = 9_998;
const PAUSE_MS_MAX = 1_500;
const RETRY_MS_MAX = 300;
const ROUNDS_MAX = 100;
const PERMANENT_SHARE = 0.4;
const LIFT_SHARE = 0.5;
/** As far as records may be ahead of the present: they never are. */
const SKEW_MS = 0;
const SWEEPS: SweepOptions = { leaseMs: 3_000, restMs: 20_000, replayHorizonMs: 3_600_000 };

interface Erasing {
  readonly ports: CorePorts;
  readonly erasures: SimulatedErasures;
  readonly writer: Writer;
}

export class Eraser {
  readonly #parts: EraserParts;
  readonly #process: SimulatedProcess;
  readonly #permanent = new Set<number>();
  /** The sweeps go on while the next person is erased. */
  readonly #sweeping: Promise<ErasureEntry>[] = [];
  readonly #entries: ErasureEntry[] = [];
  #erasing: Erasing | null = null;
  #requests = 0;
  #ids = 0;

  constructor(parts: EraserParts) {
    this.#parts = parts;
    this.#process = new SimulatedProcess(ERASER_NUMBER, parts.network.queue, RIGHT_CLOCKS);
  }

  /** Erases some persons, one after the other, and sweeps each of them until its sweeps rest. */
  async work(): Promise<void> {
    const { configuration, dice, onDone } = this.#parts;
    this.#erasing ??= await this.#open();
    while (this.#requests < configuration.requests) {
      await this.#process.clock.sleep(dice.between(0, PAUSE_MS_MAX));
      this.#requests += 1;
      await this.#eraseSomebody();
    }
    this.#entries.push(...(await Promise.all(this.#sweeping)));
    onDone();
  }

  /** Every erasure is swept to the end. */
  async finish(): Promise<void> {
    for (const [index, entry] of this.#entries.entries()) {
      let current = entry;
      for (let round = 0; round < ROUNDS_MAX && current.sweep.phase !== "done"; round += 1) {
        await this.#process.clock.sleep(SWEEPS.restMs);
        current = await this.#sweep(current);
      }
      this.#entries[index] = current;
    }
  }

  get isSwept(): boolean {
    return this.#entries.every(({ sweep }) => sweep.phase === "done");
  }

  async #eraseSomebody(): Promise<void> {
    const request = this.#nextRequest();
    const { ports, erasures } = await this.#ready();
    const { clock, cacheEpoch } = ports;
    const entries = await this.#untilDone(() => erase([request], { erasures, cacheEpoch, clock }));
    for (const entry of entries) this.#sweeping.push(this.#sweep(entry));
  }

  #nextRequest(): ErasureRequest {
    const { configuration, dice, network } = this.#parts;
    const person = dice.whole(0, configuration.persons - 1);
    const atMs = realMs(network.queue);
    const shared = { subject: digestOf(person), id: `request-${this.#requests}`, by: "eraser", atMs };
    const untilUs = (atMs + SKEW_MS) * 1_000;
    if (this.#permanent.has(person) && dice.chance(LIFT_SHARE)) {
      this.#permanent.delete(person);
      return { ...shared, kind: "lift", untilUs };
    }
    if (!dice.chance(PERMANENT_SHARE)) return { ...shared, kind: "erase", untilUs };
    this.#permanent.add(person);
    return { ...shared, kind: "erase", untilUs: PERMANENT_US };
  }

  async #sweep(entry: ErasureEntry): Promise<ErasureEntry> {
    const { ports, erasures, writer } = await this.#ready();
    return this.#untilDone(async () => {
      const [current = entry] = await erasures.readEntries(entry.number - 1, entry.number);
      return sweepUntilResting(current, { ...ports, erasures, writer }, SWEEPS);
    });
  }

  async #ready(): Promise<Erasing> {
    this.#erasing ??= await this.#open();
    return this.#erasing;
  }

  async #untilDone<Result>(act: () => Promise<Result>): Promise<Result> {
    for (;;) {
      try {
        return await act();
      } catch (error) {
        if (!(error instanceof CoreError)) throw error;
        await this.#process.clock.sleep(this.#parts.dice.between(0, RETRY_MS_MAX));
      }
    }
  }

  async #open(): Promise<Erasing> {
    const { network, erasures: parts, cacheServer, cacheEpochOptions, erasurePlan, dice } = this.#parts;
    const process = this.#process;
    const { clock, background } = process;
    const store = new SimulatedStore(network, process, parts.store);
    const erasures = new SimulatedErasures(store, parts);
    const cache = new SimulatedCache(network, process, cacheServer);
    const emit = (): void => undefined;
    const epochPorts = { cacheEpochs: store, cache, clock, background, emit, erasures, erasurePlan };
    const cacheEpoch = await this.#untilDone(() => CacheEpochKeeper.open(epochPorts, cacheEpochOptions));
    const nextId = (): string => `eraser-${String(this.#ids++).padStart(9, "0")}`;
    const ports = { store, cache, copies: personCopies, clock, random: dice.random, nextId, emit, cacheEpoch };
    return { ports, erasures, writer: new Writer(ports) };
  }
}
