/**
 * Judges the reads of a history with erasures. An erasure is a write of "none"
 * to each key of its subject, at the moment when it comes into force: a key
 * reads as none while an erasure in force covers its present record.
 *
 * The monitor knows from when on each record could be in the store, when each
 * version was first acknowledged or answered, and between which two moments
 * each erasure came into force. A simulated run knows these moments exactly; of
 * a real run they are the last moment before and the first one after. A read
 * that answers none must have a moment at which the register could hold nothing
 * or a record that could be covered, and one that answers a record a moment at
 * which it need not be covered. For the checker of histories, a read that
 * answers none because of an erasure is a read of the record that was covered.
 */
import { type Erasure, eventTimeUsOf, NO_VERSION, type StorePut, type Version } from "@trilane/write-through";
import { enforceErasure, type ErasureInForce } from "@trilane/write-through/protocol";
import { at } from "../engine/at.ts";

export interface Interval {
  readonly from: number;
  readonly to: number;
}

interface Moment {
  readonly version: Version;
  readonly at: number;
}

interface ListEntry {
  readonly erasure: Erasure;
  readonly announcedAt: number;
  /** It came into force in this interval; from infinity on: not yet. */
  inForce: Interval;
}

interface Landed extends Pick<StorePut, "key" | "version"> {
  readonly subject?: string | undefined;
}

/** `certain`: whenever the erasures came into force within their intervals; `possible`: for some such moments. */
type Certainty = "certain" | "possible";

const NOT_YET: Interval = { from: Infinity, to: Infinity };

export class ErasureMonitor {
  /** Of each version that has landed; undefined for tombstones. */
  readonly #subjects = new Map<Version, string | undefined>();
  /** By key, in the order of their landing, which is that of their versions. */
  readonly #landings = new Map<string, Moment[]>();
  /** By key: the highest version that was acknowledged or answered by then. */
  readonly #floors = new Map<string, Moment[]>();
  readonly #list: ListEntry[] = [];
  readonly #ofSubject = new Map<string, ListEntry[]>();

  /** The number of erasures and lifts in force. */
  get inForce(): number {
    return this.#list.filter(({ inForce }) => inForce.from !== Infinity).length;
  }

  /** The versions of a key are to be given in their order; a moment before the landing is as good for a judgement. */
  landed({ key, version, subject }: Landed, at: number): void {
    this.#subjects.set(version, subject);
    listOf(this.#landings, key).push({ version, at });
  }

  /** The record that a sweep's tombstone replaces, if no erasure in force covers it; else null. */
  recordUnderTombstone({ key, version }: Pick<StorePut, "key" | "version">, at: number): Version | null {
    const below = listOf(this.#landings, key).findLast((one) => one.version < version)?.version;
    if (below === undefined) return null;
    return this.coversThroughout(this.#subjects.get(below), below, { from: at, to: at }) ? null : below;
  }

  hasLanded(version: Version): boolean {
    return this.#subjects.has(version);
  }

  promised(key: string, version: Version, at: number): void {
    const floors = listOf(this.#floors, key);
    const last = floors.at(-1);
    if (last === undefined || last.version < version) floors.push({ version, at });
  }

  announced(erasures: readonly Erasure[], at: number): void {
    for (const erasure of erasures) {
      if (erasure.number <= this.#list.length) continue;
      const entry = { erasure, announcedAt: at, inForce: NOT_YET };
      this.#list.push(entry);
      listOf(this.#ofSubject, erasure.subject).push(entry);
    }
  }

  enforced(upTo: number, at: number): void {
    for (const entry of this.#list) {
      if (entry.erasure.number <= upTo && entry.inForce === NOT_YET) entry.inForce = { from: at, to: at };
    }
  }

  /** One erasure of the list came into force in the interval. */
  enforcedWithin(number: number, inForce: Interval): void {
    const entry = this.#list[number - 1];
    if (entry !== undefined) entry.inForce = inForce;
  }

  /** Whether a writer may refuse the record: an erasure that covers it was announced by then. */
  mayRefuse(subject: string | undefined, version: Version, at: number): boolean {
    const own = subject === undefined ? [] : (this.#ofSubject.get(subject) ?? []);
    return own.some(
      ({ erasure, announcedAt }) =>
        erasure.kind === "erase" && announcedAt <= at && eventTimeUsOf(version) <= erasure.untilUs,
    );
  }

  /** Whether erasures in force cover the record from the first moment to the last. */
  coversThroughout(subject: string | undefined, version: Version, { from, to }: Interval): boolean {
    return this.#coverage(subject, version, "certain").some((covered) => covered.from < from && covered.to > to);
  }

  isCoveredInTheEnd(subject: string | null, version: Version): boolean {
    return subject !== null && this.#coverage(subject, version, "certain").some(({ to }) => to === Infinity);
  }

  /** Whether an erasure could cover the record at any time. */
  couldBeCovered(subject: string | null, version: Version): boolean {
    return subject !== null && this.#coverage(subject, version, "possible").length > 0;
  }

  /** When the record could be covered for the first time; infinity: never. */
  firstCoveredAt(version: Version): number {
    const [first] = this.#coverage(this.#subjects.get(version), version, "possible");
    return first?.from ?? Infinity;
  }

  /** Whether a read may answer this record. */
  mayAnswer(version: Version, read: Interval): boolean {
    return !this.coversThroughout(this.#subjects.get(version), version, read);
  }

  /** The version that explains a read of none: the lowest that could be there, and was covered or none. Null: nothing does. */
  explainNone(key: string, read: Interval): Version | null {
    const floors = this.#floors.get(key) ?? [];
    const floor = floors.findLast(({ at }) => at < read.from)?.version ?? NO_VERSION;
    const landings = this.#landings.get(key) ?? [];
    const first = { version: NO_VERSION, at: -Infinity };
    const isExplained = ({ version, at }: Moment): boolean => {
      if (at > read.to) return false;
      const passedAt = firstAbove(floors, version)?.at ?? Infinity;
      const possible = { from: Math.max(read.from, at), to: Math.min(read.to, passedAt) };
      return possible.from <= possible.to && this.#wasNone(version, possible);
    };
    const candidates = [first, ...landings].filter(({ version }) => version >= floor);
    return candidates.find(isExplained)?.version ?? null;
  }

  #wasNone(version: Version, { from, to }: Interval): boolean {
    if (version === NO_VERSION) return true;
    const coverage = this.#coverage(this.#subjects.get(version), version, "possible");
    return coverage.some((covered) => covered.from <= to && from <= covered.to);
  }

  /** When erasures in force covered the record. */
  #coverage(subject: string | undefined, version: Version, certainty: Certainty): readonly Interval[] {
    if (subject === undefined) return [];
    const [begin, end] = certainty === "certain" ? (["to", "from"] as const) : (["from", "to"] as const);
    const covered: Interval[] = [];
    let inForceNow: ErasureInForce | null = null;
    let from: number | null = null;
    for (const { erasure, inForce } of this.#ofSubject.get(subject) ?? []) {
      if (inForce === NOT_YET) continue;
      inForceNow = enforceErasure(inForceNow, erasure);
      const isCovered = inForceNow !== null && eventTimeUsOf(version) <= inForceNow.untilUs;
      if (isCovered) from ??= inForce[begin];
      else if (from !== null) {
        covered.push({ from, to: inForce[end] });
        from = null;
      }
    }
    return from === null ? covered : [...covered, { from, to: Infinity }];
  }
}

/** The first floor above the version. Floors are in the order of their versions. */
function firstAbove(floors: readonly Moment[], version: Version): Moment | undefined {
  let [low, high] = [0, floors.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (at(floors, middle).version > version) high = middle;
    else low = middle + 1;
  }
  return floors[low];
}

function listOf<Item>(lists: Map<string, Item[]>, key: string): Item[] {
  const known = lists.get(key);
  if (known !== undefined) return known;
  const list: Item[] = [];
  lists.set(key, list);
  return list;
}
