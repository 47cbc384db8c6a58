/**
 * Draws from a shuffled deck, and shuffles it again when it is empty, so that
 * no card waits long for its turn.
 */
import type { Random } from "@trilane/write-through";

export class Deck<Card> {
  readonly #cards: readonly Card[];
  readonly #random: Random;
  #left: Card[] = [];

  /** @param cards at least one. */
  constructor(cards: readonly Card[], random: Random) {
    this.#cards = cards;
    this.#random = random;
  }

  draw(): Card {
    if (this.#left.length === 0) this.#left = this.#shuffled();
    const card = this.#left.pop();
    if (card === undefined) throw new RangeError("a deck needs a card");
    return card;
  }

  #shuffled(): Card[] {
    const cards = [...this.#cards];
    for (let last = cards.length - 1; last > 0; last -= 1) {
      const other = Math.floor(this.#random() * (last + 1));
      const [a, b] = [cards[last], cards[other]];
      if (a === undefined || b === undefined) continue;
      cards[last] = b;
      cards[other] = a;
    }
    return cards;
  }
}
