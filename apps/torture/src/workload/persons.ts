/**
 * The persons of a run, whose records the lanes are sent. Each has a name and a
 * marker, which stands in the payload of every record of theirs. Both are made
 * from the seed and cannot be guessed, so wherever one of them is found, it came
 * from a record of that person.
 */
import { createHash } from "node:crypto";
import type { Random } from "@trilane/write-through";

export interface Person {
  readonly name: string;
  readonly marker: string;
}

/** `until`: they are erased up to a time; `permanent`: for ever, which is lifted now and then; `never`: not at all. */
export type PersonFate = "until" | "permanent" | "never";

const PERSONS = 48;
const PERMANENT_FROM = 30;
const NEVER_FROM = 36;
const TOKEN_DIGITS = 24;
/** Every so many records of a key, one is of another person. */
const OTHER_EVERY = 9;
const OTHER_STEP = 7;
/** Finds every name and every marker of any run. */
export const MARKER_SHAPE: RegExp = /(?:person|marker)-[0-9a-f]{24}/gu;

export class Persons {
  readonly #persons: readonly Person[];

  constructor(seed: number) {
    const tokenOf = (kind: string, index: number): string =>
      createHash("sha256").update(`torture ${seed} ${kind} ${index}`).digest("hex").slice(0, TOKEN_DIGITS);
    this.#persons = Array.from({ length: PERSONS }, (_, index) => ({
      name: `person-${tokenOf("name", index)}`,
      marker: `marker-${tokenOf("marker", index)}`,
    }));
  }

  get all(): readonly Person[] {
    return this.#persons;
  }

  /** Most records of a key are of one person, and some are of another, so that keys change hands. */
  ownerOf(id: string, n: number): Person {
    const number = Number(/\d+/u.exec(id)?.[0] ?? 0);
    const isOther = n % OTHER_EVERY === 0;
    return this.#at(isOther ? number + OTHER_STEP * (n + 1) : number);
  }

  pick(random: Random, fate: PersonFate): Person {
    const [from, to] = RANGES[fate];
    return this.#at(from + Math.floor(random() * (to - from)));
  }

  #at(index: number): Person {
    const person = this.#persons[index % PERSONS];
    if (person === undefined) throw new RangeError(`there is no person ${index}`);
    return person;
  }
}

const RANGES: Readonly<Record<PersonFate, readonly [from: number, to: number]>> = {
  until: [0, PERMANENT_FROM],
  permanent: [PERMANENT_FROM, NEVER_FROM],
  never: [NEVER_FROM, PERSONS],
};
