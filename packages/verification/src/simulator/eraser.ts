/**
 * Erases persons while the lanes work: for a time, for ever, and lifts it again;
 * and sweeps. It is a process of its own, which stands still now and then, whose
 * requests get lost as those of any other, and which dies between any two of
 * them. Then another one goes on, as workers do: it brings into force what was
 * announced, and sweeps what is open. It does not know what its predecessor was
 * about to do.
 *
 * Its clocks are right: the pauses of the sweeps go by the time of day, and the
 * index lags by real time.
 */
import {
  CacheEpochKeeper,
  type CacheEpochOptions,
  CoreError,
  type CorePorts,
  enforceAnnounced,
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

/** The first one's number; no other process has it, nor those of its successors. */
const ERASER_NUMBER = 9_998;
const SUCCESSOR_STEP = 10_000;
const PAUSE_MS_MAX = 1_500;
const RETRY_MS_MAX = 300;
const RESTART_MS_MAX = 500;
const ROUNDS_MAX = 100;
const PERMANENT_SHARE = 0.4;
const LIFT_SHARE = 0.5;
/** Somebody who is not erased for ever is lifted, which must change nothing. */
const NEEDLESS_LIFT_SHARE = 0.15;
/** As far as records may be ahead of the present: they never are. */
const SKEW_MS = 0;
const SWEEPS: SweepOptions = { leaseMs: 3_000, restMs: 20_000, replayHorizonMs: 3_600_000 };

/** One process, from its start to its death. */
interface Life {
  readonly process: SimulatedProcess;
  readonly ports: CorePorts;
  readonly erasures: SimulatedErasures;
  readonly writer: Writer;
}

export class Eraser {
  readonly #parts: EraserParts;
  readonly #permanent = new Set<number>();
  #process: SimulatedProcess;
  #life: Life | null = null;
  #lives = 0;
  #requests = 0;
  #ids = 0;
  #isSwept = false;

  constructor(parts: EraserParts) {
    this.#parts = parts;
    this.#process = this.#newProcess();
  }

  /** Erases some persons, one after the other, and sweeps each of them until its sweeps rest. */
  async work(): Promise<void> {
    const { configuration, dice, onDone } = this.#parts;
    const life = await this.#open();
    this.#life = life;
    // The sweeps go on while the next person is erased.
    const sweeping: Promise<unknown>[] = [this.#resume(life)];
    while (this.#requests < configuration.requests) {
      await life.process.clock.sleep(dice.between(0, PAUSE_MS_MAX));
      this.#requests += 1;
      const entries = await this.#eraseSomebody(life);
      sweeping.push(...entries.map((entry) => this.#sweep(life, entry)));
    }
    await Promise.all(sweeping);
    onDone();
  }

  /** False for a process that is not the eraser, or that has died. Another one takes its place. */
  crash(process: SimulatedProcess): boolean {
    if (process !== this.#process || process.isDead) return false;
    process.kill();
    this.#life = null;
    const { network, dice } = this.#parts;
    this.#process = this.#newProcess();
    network.queue.after(dice.between(0, RESTART_MS_MAX) * 1_000, () => void this.work());
    return true;
  }

  /** Every erasure is swept to the end. */
  async finish(): Promise<void> {
    const life = this.#life ?? (await this.#open());
    for (let round = 0; round < ROUNDS_MAX && !this.#isSwept; round += 1) {
      await life.process.clock.sleep(SWEEPS.restMs);
      await this.#resume(life);
      this.#isSwept = (await this.#openEntries(life)).length === 0;
    }
  }

  get isSwept(): boolean {
    return this.#isSwept;
  }

  /** Goes on with what is announced, and with the sweeps that are open. */
  async #resume(life: Life): Promise<void> {
    const { ports, erasures } = life;
    const { clock, cacheEpoch } = ports;
    await this.#untilDone(life, () => enforceAnnounced({ erasures, cacheEpoch, clock }));
    const open = await this.#openEntries(life);
    await Promise.all(open.map((entry) => this.#sweep(life, entry)));
  }

  #openEntries(life: Life): Promise<readonly ErasureEntry[]> {
    const { erasures } = life;
    return this.#untilDone(life, async () => {
      const entries: ErasureEntry[] = [];
      for await (const number of erasures.openErasures()) {
        entries.push(...(await erasures.readEntries(number - 1, number)));
      }
      return entries;
    });
  }

  #eraseSomebody(life: Life): Promise<readonly ErasureEntry[]> {
    const request = this.#nextRequest();
    const { ports, erasures } = life;
    const { clock, cacheEpoch } = ports;
    return this.#untilDone(life, () => erase([request], { erasures, cacheEpoch, clock }));
  }

  #nextRequest(): ErasureRequest {
    const { configuration, dice, network } = this.#parts;
    const person = dice.whole(0, configuration.persons - 1);
    const atMs = realMs(network.queue);
    const shared = { subject: digestOf(person), id: `request-${this.#requests}`, by: "eraser", atMs };
    const untilUs = (atMs + SKEW_MS) * 1_000;
    if (dice.chance(this.#permanent.has(person) ? LIFT_SHARE : NEEDLESS_LIFT_SHARE)) {
      this.#permanent.delete(person);
      return { ...shared, kind: "lift", untilUs };
    }
    if (!dice.chance(PERMANENT_SHARE)) return { ...shared, kind: "erase", untilUs };
    this.#permanent.add(person);
    return { ...shared, kind: "erase", untilUs: PERMANENT_US };
  }

  #sweep(life: Life, entry: ErasureEntry): Promise<ErasureEntry> {
    const { ports, erasures, writer } = life;
    return this.#untilDone(life, async () => {
      const [current = entry] = await erasures.readEntries(entry.number - 1, entry.number);
      return sweepUntilResting(current, { ...ports, erasures, writer }, SWEEPS);
    });
  }

  async #untilDone<Result>({ process }: Pick<Life, "process">, act: () => Promise<Result>): Promise<Result> {
    for (;;) {
      try {
        return await act();
      } catch (error) {
        if (!(error instanceof CoreError)) throw error;
        await process.clock.sleep(this.#parts.dice.between(0, RETRY_MS_MAX));
      }
    }
  }

  async #open(): Promise<Life> {
    const { network, erasures: parts, cacheServer, cacheEpochOptions, erasurePlan, dice } = this.#parts;
    const process = this.#process;
    const { clock, background } = process;
    const store = new SimulatedStore(network, process, parts.store);
    const erasures = new SimulatedErasures(store, parts);
    const cache = new SimulatedCache(network, process, cacheServer);
    const emit = (): void => undefined;
    const epochPorts = { cacheEpochs: store, cache, clock, background, emit, erasures, erasurePlan };
    const cacheEpoch = await this.#untilDone({ process }, () => CacheEpochKeeper.open(epochPorts, cacheEpochOptions));
    const nextId = (): string => `eraser-${String(this.#ids++).padStart(9, "0")}`;
    const ports = { store, cache, copies: personCopies, clock, random: dice.random, nextId, emit, cacheEpoch };
    return { process, ports, erasures, writer: new Writer(ports) };
  }

  #newProcess(): SimulatedProcess {
    const number = ERASER_NUMBER + SUCCESSOR_STEP * this.#lives;
    this.#lives += 1;
    return new SimulatedProcess(number, this.#parts.network.queue, RIGHT_CLOCKS);
  }
}
