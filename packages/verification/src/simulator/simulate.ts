/**
 * One run of a seed, from the start of the processes to the checks at rest. The
 * same seed, operations and variant give the same run, event by event.
 */
import { cacheLifetimeDefaults, plainCopies, type ReceiptCounts } from "@trilane/write-through";
import { MemoryCache, MemoryStore } from "@trilane/write-through/testing";
import { checkHistory } from "../history/check-history.ts";
import { describeViolation } from "../history/describe-violation.ts";
import type { History } from "../history/history.ts";
import { CacheServer } from "./cache-server.ts";
import { drawServerClocks, LEASE_LENGTHS_MS } from "./clock-configuration.ts";
import { type Configuration, drawConfiguration, SHORT_TTL_MS_MAX } from "./configuration.ts";
import { Dice } from "./dice.ts";
import { Eraser } from "./eraser.ts";
import { ErasureMonitor } from "../history/erasure-monitor.ts";
import { EventQueue } from "./event-queue.ts";
import { type FaultCounts, Faults } from "./faults.ts";
import {
  checkCache,
  checkCovered,
  checkErased,
  checkNobodyWaits,
  checkStore,
  checkUpkeep,
  type FinalState,
} from "./final-checks.ts";
import { Fingerprint } from "./fingerprint.ts";
import { Fleet, type Member } from "./fleet.ts";
import { LaneTraffic } from "./lane-traffic.ts";
import { LaggingIndex } from "./lagging-index.ts";
import { Ledger, type ReadCounts } from "./ledger.ts";
import { type Network, strikeAtCacheEpochChange } from "./network.ts";
import { Operator } from "./operator.ts";
import { drawErasures, personCopies } from "./persons.ts";
import { ReadTraffic } from "./read-traffic.ts";
import type { ErasureParts } from "./simulated-erasures.ts";
import type { SimulatedProcess } from "./simulated-process.ts";
import { production, type Variant } from "./variant.ts";
import { Workload } from "./workload.ts";

export interface SimulateOptions {
  readonly seed: number;
  /** The run begins no new work once so many records have been delivered and keys have been read. */
  readonly operations: number;
  readonly variant?: Variant;
}

export interface SimulatedRun {
  readonly seed: number;
  /** The number of deliveries of a record and of reads of a key that have an outcome. */
  readonly operations: number;
  readonly events: number;
  readonly virtualMs: number;
  readonly receipts: ReceiptCounts;
  readonly reads: ReadCounts;
  readonly faults: FaultCounts;
  /** The number of erasures and lifts that came into force. */
  readonly erasures: number;
  readonly fingerprint: string;
  readonly history: History;
  /** The problems as sentences; empty when nothing is wrong. */
  readonly problems: readonly string[];
}

const LANES = ["batch", "stream", "on-demand"] as const;
/** The maximum of events of a run for each of its operations, which is far more than any run takes. */
const EVENTS_SHARE_MAX = 100;
/** A small run that loses the cache hundreds of times, and looks at the cache epoch all the time, takes 200,000. */
const EVENTS_MIN = 1_000_000;
/** After so many leases of the cache epoch, a cache that answers is on again, whatever happened before. */
const CACHE_EPOCH_LEASES = 8;

export async function simulate({ seed, operations, variant = production }: SimulateOptions): Promise<SimulatedRun> {
  return new Simulation(drawConfiguration(seed, operations), variant).run();
}

class Simulation {
  readonly #configuration: Configuration;
  readonly #queue = new EventQueue();
  readonly #fingerprint = new Fingerprint();
  readonly #faults: Faults;
  readonly #ledger: Ledger;
  readonly #store: MemoryStore;
  readonly #cache: MemoryCache;
  readonly #workload: Workload;
  readonly #operator: Operator;
  readonly #fleet: Fleet;
  readonly #lanes: LaneTraffic;
  readonly #reads: ReadTraffic;
  readonly #monitor: ErasureMonitor | null;
  readonly #index: LaggingIndex;
  readonly #eraser: Eraser | null;
  #isErasing = false;
  #puts = 0;

  constructor(configuration: Configuration, variant: Variant) {
    const { seed, rates, strikesMax, limits, lifetime, leaseMs, clocks, losesFences, leaseLengthsMs } = configuration;
    const queue = this.#queue;
    const dice = (part: string): Dice => new Dice(seed, part);
    this.#configuration = configuration;
    const servers = drawServerClocks(dice("servers"), queue, clocks);
    this.#store = new MemoryStore(servers.store);
    this.#faults = new Faults(rates, dice("faults"), strikesMax);
    const persons = variant.erases ? drawErasures(dice("erasures")) : null;
    this.#monitor = persons === null ? null : new ErasureMonitor();
    this.#index = new LaggingIndex(queue, dice("index"));
    this.#ledger = new Ledger(queue, this.#monitor);
    this.#cache = new MemoryCache(servers.cache, variant.transitions);
    const drawn = persons === null ? null : { configuration: persons, dice: dice("persons") };
    this.#workload = new Workload(configuration, dice("workload"), drawn);
    const cacheServer = new CacheServer({
      cache: this.#cache,
      clock: servers.cache,
      faults: this.#faults,
      losesFences: variant.losesFences || losesFences,
    });
    const network = this.#newNetwork(dice("network"));
    const servedBy = { network, store: this.#store, cacheServer, leaseLengthsMs };
    const erasures: ErasureParts = {
      store: this.#store,
      index: this.#index,
      onAnnounced: (entries) => this.#monitor?.announced(entries, this.#ledger.stampNs()),
      onEnforced: (upTo) => this.#monitor?.enforced(upTo, this.#ledger.stampNs()),
    };
    this.#operator = new Operator({ ...servedBy, dice: dice("operator") });
    this.#fleet = new Fleet({
      ...servedBy,
      dice: dice("processes"),
      clockVariant: variant.clocks,
      copies: persons === null ? plainCopies : personCopies,
      erasures,
      erasurePlan: variant.erasurePlan,
      writerOptions: { limits, lifetime, plan: variant.writePlan },
      readerOptions: { limits: { leaseMs }, lifetime },
      cacheEpochOptions: configuration.cacheEpoch,
      onReady: (member) => this.#lanes.takeOver(member),
    });
    this.#eraser =
      persons === null
        ? null
        : new Eraser({
            network,
            erasures,
            cacheServer,
            erasurePlan: variant.erasurePlan,
            configuration: persons,
            dice: dice("eraser"),
            cacheEpochOptions: { ...configuration.cacheEpoch, process: "eraser" },
            onDone: () => (this.#isErasing = false),
          });
    const shared = { configuration, queue, fleet: this.#fleet, ledger: this.#ledger, workload: this.#workload };
    this.#lanes = new LaneTraffic({
      ...shared,
      dice: dice("lanes"),
      faults: this.#faults,
      onAcknowledged: (keys) => this.#reads.onStep("acknowledged", keys),
    });
    this.#reads = new ReadTraffic({ ...shared, dice: dice("reads"), isOver: () => this.#lanes.isFinished });
  }

  async run(): Promise<SimulatedRun> {
    await this.#start();
    await this.#work();
    await this.#rest();
    const history = this.#ledger.history();
    for (const violation of checkHistory(history).violations) {
      this.#ledger.problem(describeViolation(history, violation));
    }
    this.#ledger.addTo(this.#fingerprint, history);
    return {
      seed: this.#configuration.seed,
      operations: this.#ledger.operations,
      events: this.#queue.ran,
      virtualMs: this.#queue.nowUs / 1_000,
      receipts: this.#ledger.receipts,
      reads: this.#ledger.reads,
      faults: this.#faults.counts,
      erasures: this.#monitor?.inForce ?? 0,
      fingerprint: this.#fingerprint.toString(),
      history,
      problems: this.#ledger.problems,
    };
  }

  /** All processes start at once and without faults, so they race for the first epoch. */
  async #start(): Promise<void> {
    const { lanes, readerProcesses } = this.#configuration;
    for (const lane of LANES) for (let count = lanes[lane].processes; count > 0; count -= 1) this.#fleet.add(lane);
    for (let count = readerProcesses; count > 0; count -= 1) this.#fleet.add("reader");
    await this.#runEvents();
  }

  /** Goes on until nothing is left to happen: no task, no read, no late put, and no process that is paused or dead. */
  async #work(): Promise<void> {
    this.#faults.isOn = true;
    for (const lane of LANES) this.#lanes.begin(lane);
    this.#isErasing = this.#eraser !== null;
    void this.#eraser?.work();
    await this.#runEvents();
    this.#faults.isOn = false;
  }

  async #rest(): Promise<void> {
    const { keys } = this.#workload;
    const state: FinalState = {
      queue: this.#queue,
      ledger: this.#ledger,
      fleet: this.#fleet,
      store: this.#store,
      cache: this.#cache,
      keys,
    };
    await this.#finishErasures();
    this.#closeWriters();
    const { leaseMs, cacheEpoch } = this.#configuration;
    // As in production, a lease outlasts a read of the store, and a copy outlasts the next read.
    const member = this.#fleet.add("reader", { lifetime: cacheLifetimeDefaults });
    const writer = this.#fleet.add("on-demand");
    await this.#runEvents();
    // A loss of the cache that no command has met so far is noticed now, by the first command.
    void this.#reads.read(member, keys);
    // By then the leases of dead readers and the copies with a short life are over, and a cache that was lost is on
    // again.
    const cacheEpochMs = CACHE_EPOCH_LEASES * (Math.max(...LEASE_LENGTHS_MS) + cacheEpoch.probeMs);
    this.#queue.after((Math.max(leaseMs, SHORT_TTL_MS_MAX) + cacheEpochMs) * 1_000 + 1, () => undefined);
    await this.#runEvents();
    checkNobodyWaits(state, this.#lanes.isFinished);
    const copies = await checkStore(state);
    checkCache(state, copies);
    if (this.#monitor !== null) checkErased(state, copies, this.#monitor);
    void checkUpkeep(state, { member, reads: this.#reads, copies });
    await this.#runEvents();
    void checkCovered(state, { member: writer, copies, puts: () => this.#puts });
    await this.#runEvents();
    checkCache(state, copies);
  }

  async #finishErasures(): Promise<void> {
    if (this.#eraser === null) return;
    if (this.#isErasing) this.#ledger.problem("nothing is left to happen, and an erasure has not come to its end");
    void this.#eraser.finish();
    await this.#runEvents();
    if (!this.#eraser.isSwept) this.#ledger.problem("nothing is left to happen, and an erasure is not swept");
  }

  #closeWriters(): void {
    for (const member of this.#fleet.members) {
      if (member.writer === null) continue;
      member.pending += 1;
      void member.writer.close().then(() => (member.pending -= 1));
    }
  }

  async #runEvents(): Promise<void> {
    const eventsMax = Math.max(EVENTS_MIN, this.#configuration.operations * EVENTS_SHARE_MAX);
    if (!(await this.#queue.run(eventsMax))) this.#ledger.problem(`${eventsMax} events did not come to rest`);
  }

  #newNetwork(dice: Dice): Network {
    const network: Network = {
      queue: this.#queue,
      dice,
      faults: this.#faults,
      configuration: this.#configuration.network,
      clocks: this.#configuration.clocks,
      answersPublish: this.#configuration.losesFences,
      onStep: (step, process, keys) => this.#onStep(step, process, keys),
      crash: (process) => this.#fleet.crash(process) || this.#eraser?.crash(process) === true,
      onPause: (process) => {
        const member = this.#memberOf(process);
        if (member !== undefined) this.#lanes.onPause(member);
      },
      onResume: (process) => {
        const member = this.#memberOf(process);
        if (member !== undefined) this.#reads.onResume(member);
      },
      onStored: (put) => {
        if (this.#monitor === null) return;
        this.#index.stored(put);
        this.#ledger.landed(put);
      },
      onCacheEpochChange: () => {
        for (const { process, role } of this.#fleet.members)
          strikeAtCacheEpochChange(network, process, role === "reader");
      },
    };
    return network;
  }

  #onStep(step: string, process: SimulatedProcess, keys: readonly string[]): void {
    this.#fingerprint.addNumber(this.#queue.nowUs);
    this.#fingerprint.addNumber(process.number * 100_000 + keys.length);
    this.#fingerprint.addText(step);
    if (step === "put") this.#puts += 1;
    this.#reads.onStep(step, keys);
    this.#operator.onStep();
  }

  #memberOf(process: SimulatedProcess): Member | undefined {
    return this.#fleet.members.find((member) => member.process === process);
  }
}
