/**
 * Judges a run with erasures. An erasure is a write of "none" to each key of its
 * subject, at the moment when it comes into force: a key reads as none while an
 * erasure in force covers its present record.
 *
 * The monitor knows when each record landed in the store, when each version was
 * first acknowledged or answered, and when each erasure came into force. A read
 * that answers none must have a moment at which the register could hold nothing
 * or a covered record, and one that answers a record a moment at which nothing
 * covered it. For the checker of histories, a read that answers none because of
 * an erasure is a read of the record that was covered.
 */
import { type Erasure, eventTimeUsOf, NO_VERSION, type StorePut, type Version } from "@trilane/write-through";
import { enforceErasure, type ErasureInForce } from "@trilane/write-through/protocol";

interface Interval {
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
  /** Infinity: not in force yet. */
  inForceAt: number;
}

export class ErasureMonitor {
  /** Of each version that has landed; undefined for tombstones. */
  readonly #subjects = new Map<Version, string | undefined>();
  /** By key, in the order of their landing, which is that of their versions. */
  readonly #landings = new Map<string, Moment[]>();
  /** By key: the highest version that was acknowledged or answered by then. */
  readonly #floors = new Map<string, Moment[]>();
  readonly #list: ListEntry[] = [];

  /** The number of erasures and lifts in force. */
  get inForce(): number {
    return this.#list.filter(({ inForceAt }) => inForceAt !== Infinity).length;
  }

  landed({ key, version, subject }: StorePut, at: number): void {
    this.#subjects.set(version, subject);
    listOf(this.#landings, key).push({ version, at });
  }

  /** The record that a sweep's tombstone replaces, if no erasure in force covers it; else null. */
  recordUnderTombstone({ key, version }: StorePut, at: number): Version | null {
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
      if (erasure.number > this.#list.length) this.#list.push({ erasure, announcedAt: at, inForceAt: Infinity });
    }
  }

  enforced(upTo: number, at: number): void {
    for (const entry of this.#list) {
      if (entry.erasure.number <= upTo) entry.inForceAt = Math.min(entry.inForceAt, at);
    }
  }

  /** Whether a writer may refuse the record: an erasure that covers it was announced by then. */
  mayRefuse(subject: string | undefined, version: Version, at: number): boolean {
    return this.#list.some(
      ({ erasure, announcedAt }) =>
        erasure.subject === subject &&
        erasure.kind === "erase" &&
        announcedAt <= at &&
        eventTimeUsOf(version) <= erasure.untilUs,
    );
  }

  /** Whether erasures in force cover the record from the first moment to the last. */
  coversThroughout(subject: string | undefined, version: Version, { from, to }: Interval): boolean {
    return this.#coverage(subject, version).some((covered) => covered.from < from && covered.to > to);
  }

  isCoveredInTheEnd(subject: string | null, version: Version): boolean {
    return subject !== null && this.#coverage(subject, version).some(({ to }) => to === Infinity);
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
    const first = { version: NO_VERSION, at: 0 };
    const isExplained = ({ version, at }: Moment): boolean => {
      const passedAt = floors.find((one) => one.version > version)?.at ?? Infinity;
      const possible = { from: Math.max(read.from, at), to: Math.min(read.to, passedAt) };
      return possible.from <= possible.to && this.#wasNone(version, possible);
    };
    const candidates = [first, ...landings].filter(({ version }) => version >= floor);
    return candidates.find(isExplained)?.version ?? null;
  }

  #wasNone(version: Version, { from, to }: Interval): boolean {
    if (version === NO_VERSION) return true;
    const coverage = this.#coverage(this.#subjects.get(version), version);
    return coverage.some((covered) => covered.from <= to && from <= covered.to);
  }

  /** When erasures in force covered the record. */
  #coverage(subject: string | undefined, version: Version): readonly Interval[] {
    if (subject === undefined) return [];
    const covered: Interval[] = [];
    let inForce: ErasureInForce | null = null;
    let from: number | null = null;
    for (const { erasure, inForceAt } of this.#list) {
      if (erasure.subject !== subject || inForceAt === Infinity) continue;
      inForce = enforceErasure(inForce, erasure);
      const isCovered = eventTimeUsOf(version) <= inForce.untilUs;
      if (isCovered) from ??= inForceAt;
      else if (from !== null) {
        covered.push({ from, to: inForceAt });
        from = null;
      }
    }
    return from === null ? covered : [...covered, { from, to: Infinity }];
  }
}

function listOf<Item>(lists: Map<string, Item[]>, key: string): Item[] {
  const known = lists.get(key);
  if (known !== undefined) return known;
  const list: Item[] = [];
  lists.set(key, list);
  return list;
}
