/**
 * The list of erasures as one process knows it. It follows the numbers that the
 * cache epoch record tells: it reads what was announced since, and moves into
 * force what came into force. The keeper of the cache epoch does this before it
 * renews its lease, so a process with a lease knows every erasure that could be
 * in force.
 */
import { CoreError } from "../errors.ts";
import { BLOCK_ENTRIES_MAX, type ErasureKnowledge, type ErasureLog, type ErasureState } from "../ports/erasures.ts";
import {
  createErasurePlan,
  enforceErasure,
  type Erasure,
  type ErasurePlan,
  type ErasureVerdict,
  type SubjectDigest,
  type SubjectErasures,
} from "../protocol/erasure.ts";
import type { Version } from "../protocol/version.ts";
import { ErasedSubjects } from "./erased-subjects.ts";

/** Erasures in one read of the list's tail. */
const TAIL_READ_MAX = 1_000;

export class ErasureList implements ErasureKnowledge {
  readonly #log: ErasureLog;
  readonly #plan: ErasurePlan;
  #subjects = new ErasedSubjects();
  /** By subject, in the order of the list. */
  readonly #announced = new Map<SubjectDigest, Erasure[]>();
  #last = 0;
  #inForce = 0;
  #following: Promise<void> = Promise.resolve();

  constructor(log: ErasureLog, plan: ErasurePlan = createErasurePlan()) {
    this.#log = log;
    this.#plan = plan;
  }

  get inForce(): number {
    return this.#inForce;
  }

  get last(): number {
    return this.#last;
  }

  /** Subjects with an erasure in force, and the bytes that they take. */
  get size(): { readonly subjects: number; readonly bytes: number } {
    return { subjects: this.#subjects.count, bytes: this.#subjects.bytes };
  }

  refuses(subject: SubjectDigest | undefined, version: Version): boolean {
    return subject !== undefined && this.#last > 0 && this.#plan.refuses(this.#of(subject), version);
  }

  judge(subject: SubjectDigest | null, version: Version, asOf: number, isFresh: boolean): ErasureVerdict {
    if (subject === null || this.#last === 0) return "show";
    return this.#plan.judge(this.#of(subject), version, asOf, isFresh);
  }

  remainsErased(subject: SubjectDigest, version: Version): boolean {
    return this.#plan.remainsErased(this.#of(subject), version);
  }

  /**
   * Learns what the record says. One call is under way at a time, so that nothing is read twice.
   * @throws CoreError of the store; ERASURES_LOST where the record says less than this process knows
   */
  async follow(state: ErasureState): Promise<void> {
    const before = this.#following;
    const following = before.catch(() => undefined).then(() => this.#follow(state));
    this.#following = following;
    // Nobody else listens to a call that nobody follows.
    following.catch(() => undefined);
    await following;
  }

  /** Each subject with what is in force for it. */
  entries(): ReturnType<ErasedSubjects["entries"]> {
    return this.#subjects.entries();
  }

  #of(subject: SubjectDigest): SubjectErasures {
    return { inForce: this.#subjects.get(subject), announced: this.#announced.get(subject) ?? [] };
  }

  async #follow(state: ErasureState): Promise<void> {
    if (this.#last === 0 && state.blocks !== null) await this.#readBlocks(state.blocks);
    while (this.#last < state.last) await this.#readOn(state);
    this.#enforce(state.inForce);
  }

  /** The blocks are all that is in force, so they take the place of what this process knew. */
  async #readBlocks(blocks: NonNullable<ErasureState["blocks"]>): Promise<void> {
    const subjects = new ErasedSubjects((blocks.count - 1) * BLOCK_ENTRIES_MAX);
    const outcome = await this.#log.readBlocks(blocks, (entries) => {
      for (const { subject, untilUs, number } of entries) subjects.set(subject, { untilUs, number });
    });
    if (outcome === "replaced") {
      throw new CoreError(
        "STORE_UNAVAILABLE",
        "the list of erasures was compacted while it was read; it is read again",
      );
    }
    this.#subjects = subjects;
    this.#announced.clear();
    this.#last = blocks.upTo;
    this.#inForce = blocks.upTo;
  }

  async #readOn({ last, blocks }: ErasureState): Promise<void> {
    const upTo = Math.min(last, this.#last + TAIL_READ_MAX);
    const erasures = await this.#log.readTail(this.#last, upTo);
    const isWhole = erasures.length === upTo - this.#last;
    // A process that stood still for long may have missed entries that have left the list since.
    if (!isWhole && blocks !== null && blocks.upTo > this.#last) return this.#readBlocks(blocks);
    if (!isWhole) {
      const problem = `the list of erasures has ${erasures.length} of the entries ${this.#last + 1} to ${upTo}`;
      throw new CoreError(
        "ERASURES_LOST",
        `${problem}: were items of the table removed? \`trilane erase restore\` brings them back`,
      );
    }
    for (const erasure of erasures) {
      const waiting = this.#announced.get(erasure.subject);
      if (waiting === undefined) this.#announced.set(erasure.subject, [erasure]);
      else waiting.push(erasure);
    }
    this.#last = upTo;
  }

  #enforce(upTo: number): void {
    if (upTo <= this.#inForce) return;
    const due = [...this.#announced.values()].flat().filter(({ number }) => number <= upTo);
    for (const erasure of due.sort((left, right) => left.number - right.number)) {
      const { subject } = erasure;
      const inForce = enforceErasure(this.#subjects.get(subject), erasure);
      if (inForce !== null) this.#subjects.set(subject, inForce);
      const left = (this.#announced.get(subject) ?? []).filter(({ number }) => number > upTo);
      if (left.length === 0) this.#announced.delete(subject);
      else this.#announced.set(subject, left);
    }
    this.#inForce = upTo;
  }
}

/** For tables in which nothing is ever erased, in tests and benchmarks. */
export const nothingErased: ErasureKnowledge = {
  inForce: 0,
  refuses: () => false,
  judge: () => "show",
  remainsErased: () => false,
};
