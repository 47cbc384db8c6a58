/**
 * Erasures: the list of persons whose records nobody may write or read, and
 * what a process may do with what it knows of that list.
 *
 * An erasure covers the records of one subject up to an event time. It has two
 * steps, as the cache has warm and on. From the announcement on, writers refuse
 * what it covers. When every lease that is older than the announcement is over,
 * it comes into force, and from that moment on no reader answers what it covers.
 * Both steps are numbers in the cache epoch record: the last erasure of the
 * list, and the last one in force. So a process that renews its lease knows both.
 *
 * A read has two rules. It shows a covered record only if a look at the record
 * after the read says that the erasure is not in force; and it hides one only
 * by what it knew before the read. Otherwise the record could have been
 * replaced between the read and the erasure, and "none" would never have been
 * true. docs/erasure.md has the counter-examples.
 */
import { EVENT_TIME_US_MAX, eventTimeUsOf, type Version } from "./version.ts";

/** 32 lower-case hex digits: a keyed digest of the name of a person. */
export type SubjectDigest = string;

export interface Erasure {
  /** The position in the list: from 1, without gaps. */
  readonly number: number;
  readonly subject: SubjectDigest;
  /**
   * `erase` covers the subject's records up to `untilUs`. `lift` ends a permanent erasure: from then on records up to
   * `untilUs` are covered, and later ones are not. Where no later one was covered, it changes nothing.
   */
  readonly kind: "erase" | "lift";
  /** Microseconds since 1970; {@link PERMANENT_US} covers every record that will ever come. */
  readonly untilUs: number;
}

export const PERMANENT_US: number = EVENT_TIME_US_MAX;

/** The numbers of the list that stand in the cache epoch record. */
export interface ErasureNumbers {
  /** The last erasure that was announced; 0 where there is none. */
  readonly last: number;
  /** The last erasure that is in force. All before it are in force as well. */
  readonly inForce: number;
}

/** All erasures of a subject that are in force, as one. */
export interface ErasureInForce {
  readonly untilUs: number;
  /** The number of the last of them. */
  readonly number: number;
}

/** The knowledge of one process about one subject. */
export interface SubjectErasures {
  readonly inForce: ErasureInForce | null;
  /** Announced, and not in force as far as this process knows; in the order of the list. */
  readonly announced: readonly Erasure[];
}

/**
 * - `show`, `hide`: the copy is answered, or counts as absent;
 * - `look`: the cache epoch record says whether the erasure is in force by now;
 * - `read-again`: the copy was read before this process learned what decides, so it may have been replaced meanwhile.
 */
export type ErasureVerdict = "show" | "hide" | "look" | "read-again";

export interface ErasureRules {
  /** (a) Writers refuse from the announcement on. */
  readonly writersRefuse: boolean;
  /** (c) Readers refuse what is in force. */
  readonly readersRefuse: boolean;
  /** A reader that meets a record under an announced erasure looks again before it answers. */
  readonly looksAgain: boolean;
  /** A reader hides by what it knew before it read. */
  readonly hidesByEarlierKnowledge: boolean;
  /** (b) A sweep spares what a lift uncovers, from the announcement of the lift on. */
  readonly sweepsSpareLifted: boolean;
}

export const erasureRules: ErasureRules = {
  writersRefuse: true,
  readersRefuse: true,
  looksAgain: true,
  hidesByEarlierKnowledge: true,
  sweepsSpareLifted: true,
};

export interface ErasurePlan {
  /** Whether a writer refuses a record of this version. */
  readonly refuses: (erasures: SubjectErasures, version: Version) => boolean;
  /**
   * @param asOf the last number in force that this process knew before it read the copy
   * @param isFresh whether it has looked at the cache epoch record since it read the copy
   */
  readonly judge: (erasures: SubjectErasures, version: Version, asOf: number, isFresh: boolean) => ErasureVerdict;
  /**
   * Whether a sweep may remove a record that its entry of the list covers: an erasure in force covers it, and no lift
   * that is announced will uncover it.
   */
  readonly remainsErased: (erasures: SubjectErasures, version: Version) => boolean;
}

export function createErasurePlan(rules: ErasureRules = erasureRules): ErasurePlan {
  return {
    refuses({ inForce, announced }, version) {
      if (!rules.writersRefuse) return false;
      return (
        covers(inForce, version) || announced.some((erasure) => erasure.kind === "erase" && covers(erasure, version))
      );
    },

    judge({ inForce, announced }, version, asOf, isFresh) {
      if (!rules.readersRefuse) return "show";
      const isLate = inForce !== null && inForce.number > asOf;
      if (isLate && rules.hidesByEarlierKnowledge) return "read-again";
      const isCovered = covers(inForce, version);
      if (rules.looksAgain && !isFresh && announced.some((erasure) => changes(erasure, isCovered, version)))
        return "look";
      return isCovered ? "hide" : "show";
    },

    remainsErased({ inForce, announced }, version) {
      if (!rules.sweepsSpareLifted) return true;
      let next = inForce;
      if (!covers(next, version)) return false;
      return announced.every((erasure) => {
        next = enforceErasure(next, erasure);
        return covers(next, version);
      });
    },
  };
}

/** Whether the verdict on a record will be another one once the erasure is in force. */
function changes(erasure: Erasure, isCovered: boolean, version: Version): boolean {
  return erasure.kind === "lift" ? isCovered : !isCovered && covers(erasure, version);
}

function covers(erasure: { readonly untilUs: number } | null, version: Version): boolean {
  return erasure !== null && eventTimeUsOf(version) <= erasure.untilUs;
}

/**
 * All erasures of a subject as one, after `next` has come into force; null for none. A lift covers nothing by itself:
 * for a subject whose erasure ended earlier it changes nothing.
 */
export function enforceErasure(before: ErasureInForce | null, next: Erasure): ErasureInForce | null {
  const { number, untilUs } = next;
  if (next.kind === "lift") return before === null ? null : { number, untilUs: Math.min(before.untilUs, untilUs) };
  return { number, untilUs: before === null ? untilUs : Math.max(before.untilUs, untilUs) };
}
