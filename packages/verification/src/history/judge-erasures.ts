/**
 * Judges a recorded history with erasures, and makes of it one that the checker
 * of histories understands: an erasure counts as a write of each key of its
 * subject, at the moment when it came into force.
 *
 * Nobody records when exactly that was, so each erasure has an interval: from a
 * look at the list that did not show it in force to the first one that did, or
 * to the return of the eraser's call. A record may land at any moment from the
 * invocation of its first write on. Sweeps are not recorded either: a tombstone
 * just above a record that was covered may be there from the moment when the
 * record could be covered.
 */
import { type Erasure, isVersion, NO_VERSION, tombstoneVersionOf, type Version } from "@trilane/write-through";
import { ErasureMonitor, type Interval } from "./erasure-monitor.ts";
import { History, type Operation } from "./history.ts";
import type { JudgedWrite, MergedHistory } from "./merge-recordings.ts";

/** An erasure of the list as it was seen from outside. Times are those of the recordings. */
export interface SeenErasure extends Erasure {
  /** It was announced after this moment. */
  readonly announcedAfter: number;
  readonly inForce: Interval;
}

export interface ErasureFacts extends Pick<MergedHistory, "subjects" | "judged"> {
  /** All of the list, in its order. */
  readonly erasures: readonly SeenErasure[];
  /** The invocation of the history's first operation, from which its times count. */
  readonly originNs: number;
}

export interface JudgedHistory {
  /** For `checkHistory`: with the tombstones of sweeps, and with the records that explain reads of none. */
  readonly history: History;
  /** The reads of none that an erasure explains. */
  readonly hidden: number;
  /** The number of problems; the first of them are in `problems`. */
  readonly wrong: number;
  readonly problems: readonly string[];
  readonly monitor: ErasureMonitor;
}

export const PROBLEMS_MAX = 10;
/** The sweeps are not a process of the recordings. */
const SWEEPS = 0;

export function judgeErasures(history: History, facts: ErasureFacts): JudgedHistory {
  return new Judgement(history, facts).result();
}

class Judgement {
  readonly #history: History;
  readonly #facts: ErasureFacts;
  readonly #monitor: ErasureMonitor;
  readonly #judged = new History();
  readonly #problems: string[] = [];
  #wrong = 0;
  #hidden = 0;

  constructor(history: History, facts: ErasureFacts) {
    this.#history = history;
    this.#facts = facts;
    this.#monitor = monitorOf(facts);
  }

  result(): JudgedHistory {
    const tombstones = this.#land();
    const versions = this.#judgeInTime();
    for (let index = 0; index < this.#history.length; index += 1) {
      const operation = this.#history.read(index);
      this.#judged.add(
        { ...operation, version: versions.get(index) ?? operation.version },
        this.#history.lineOf(index),
      );
    }
    for (const { key, version, at } of tombstones) {
      this.#judged.add({ process: SWEEPS, op: "write", key, version, invoke: at, return: null });
    }
    for (const write of this.#facts.judged) this.#judgeWrite(write);
    return {
      history: this.#judged,
      hidden: this.#hidden,
      wrong: this.#wrong,
      problems: this.#problems,
      monitor: this.#monitor,
    };
  }

  /** Gives the monitor every version with the first moment at which it can be there. Returns the tombstones of sweeps. */
  #land(): readonly Landing[] {
    const { subjects } = this.#facts;
    const landings = landingsOf(this.#history);
    for (const { key, version, at } of landings) {
      this.#monitor.landed({ key, version, subject: subjects.get(version) }, at);
    }
    const tombstones = sweptOf(this.#history, landings, this.#monitor);
    for (const { key, version, at } of tombstones) this.#monitor.landed({ key, version, subject: undefined }, at);
    return tombstones;
  }

  /** The version that explains each read of none, by the index of the read. */
  #judgeInTime(): ReadonlyMap<number, Version> {
    const history = this.#history;
    const explained = new Map<number, Version>();
    const order = Uint32Array.from({ length: history.length }, (_, index) => index);
    order.sort((a, b) => history.returnOf(a) - history.returnOf(b));
    for (const index of order) {
      const operation = history.read(index);
      if (operation.return === null) continue;
      const times = { from: operation.invoke, to: operation.return };
      const version = operation.op === "write" ? operation.version : this.#judgeRead(operation, index, times);
      if (version === null) continue;
      if (version !== operation.version) explained.set(index, version as Version);
      this.#monitor.promised(operation.key, version as Version, times.to);
    }
    return explained;
  }

  #judgeRead({ key, version }: Operation, index: number, times: Interval): string | null {
    const line = this.#history.lineOf(index);
    if (version === null) {
      const explaining = this.#monitor.explainNone(key, times);
      if (explaining === null) this.#problem(`line ${line}: a read of ${key} gave none, which was true at no moment`);
      if (explaining === null || explaining === NO_VERSION) return null;
      this.#hidden += 1;
      return explaining;
    }
    if (this.#history.hasFound(index) && !this.#monitor.mayAnswer(version as Version, times)) {
      this.#problem(`line ${line}: a read of ${key} gave ${version}, which was erased before it began`);
    }
    return version;
  }

  #judgeWrite({ key, version: text, status, invoke, return: returned }: JudgedWrite): void {
    const { subjects, originNs } = this.#facts;
    const version = text as Version;
    const subject = subjects.get(version);
    const times = { from: invoke - originNs, to: returned - originNs };
    if (status === "erased" && !this.#monitor.mayRefuse(subject, version, times.to)) {
      this.#problem(`${version} of ${key} is refused as erased, and no erasure covers it`);
    }
    if (status === "applied" && this.#monitor.coversThroughout(subject, version, times)) {
      this.#problem(`${version} of ${key} is applied, and it was erased before it was sent`);
    }
  }

  #problem(text: string): void {
    this.#wrong += 1;
    if (this.#problems.length < PROBLEMS_MAX) this.#problems.push(text);
  }
}

function monitorOf({ erasures, originNs }: ErasureFacts): ErasureMonitor {
  const monitor = new ErasureMonitor();
  for (const erasure of erasures) {
    monitor.announced([erasure], erasure.announcedAfter - originNs);
    const { from, to } = erasure.inForce;
    if (from !== Infinity) monitor.enforcedWithin(erasure.number, { from: from - originNs, to: to - originNs });
  }
  return monitor;
}

interface Landing {
  readonly key: string;
  readonly version: Version;
  readonly at: number;
}

/** The first write of each version of a key, in the order of the versions. */
function landingsOf(history: History): readonly Landing[] {
  const first = new Map<string, Landing>();
  for (let index = 0; index < history.length; index += 1) {
    if (!history.isWrite(index)) continue;
    const { key, version, invoke: at } = history.read(index);
    const name = `${key} ${version}`;
    const known = first.get(name);
    if (known === undefined || at < known.at) first.set(name, { key, version: version as Version, at });
  }
  return [...first.values()].sort((one, other) => (one.version < other.version ? -1 : 1));
}

/** The tombstones just above records that could be covered, where an operation of the history names one. */
function sweptOf(history: History, landings: readonly Landing[], monitor: ErasureMonitor): readonly Landing[] {
  const below = new Map<string, Landing>();
  for (const landing of landings) {
    if (!isVersion(landing.version)) continue;
    const tombstone = tombstoneVersionOf(landing.version);
    if (tombstone !== landing.version) below.set(`${landing.key} ${tombstone}`, landing);
  }
  const swept = new Map<string, Landing>();
  for (let index = 0; index < history.length; index += 1) {
    const { key, version } = history.read(index);
    const name = `${key} ${version}`;
    const record = below.get(name);
    if (record === undefined || swept.has(name)) continue;
    const coveredAt = monitor.firstCoveredAt(record.version);
    if (coveredAt === Infinity) continue;
    swept.set(name, { key, version: version as Version, at: Math.max(record.at, coveredAt) });
  }
  return [...swept.values()];
}
