/** The index of subjects, which lags behind the table: each key as it was some time ago, each at another time. */
import type { StorePut } from "@trilane/write-through";
import type { Dice } from "./dice.ts";
import type { EventQueue } from "./event-queue.ts";

/** Less than the pause between two sweeps. */
export const INDEX_LAG_MS_MAX = 2_500;

interface Owner {
  readonly fromUs: number;
  readonly subject: string | undefined;
}

export class LaggingIndex {
  readonly #owners = new Map<string, Owner[]>();
  readonly #queue: EventQueue;
  readonly #dice: Dice;

  constructor(queue: EventQueue, dice: Dice) {
    this.#queue = queue;
    this.#dice = dice;
  }

  stored({ key, subject }: StorePut): void {
    const owners = this.#owners.get(key) ?? [];
    this.#owners.set(key, owners);
    owners.push({ fromUs: this.#queue.nowUs, subject });
  }

  keysOf(subject: string): readonly string[] {
    return [...this.#owners.keys()].filter((key) => this.#ownerOf(key) === subject);
  }

  #ownerOf(key: string): string | undefined {
    const asOfUs = this.#queue.nowUs - this.#dice.between(0, INDEX_LAG_MS_MAX) * 1_000;
    return this.#owners.get(key)?.findLast(({ fromUs }) => fromUs <= asOfUs)?.subject;
  }
}
