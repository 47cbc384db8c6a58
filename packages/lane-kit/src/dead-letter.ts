/**
 * Dead letters: records that are refused for good, with where they stood and
 * what they held. Each lane keeps them where the source of the lane is: beside
 * the objects, in a topic, in a queue. They are kept before their record is
 * acknowledged, so none is lost; a crash in between may keep one twice.
 */
import type { Receipt } from "@trilane/write-through";

export interface DeadLetter<Place, Input = unknown> {
  /** Where the record stood in its source. */
  readonly place: Place;
  /** What it held, as it came. */
  readonly input: Input;
  /** From a closed list. */
  readonly reason: string;
  /** For people: field, value, remedy. */
  readonly detail: string;
}

/** The letters of those whose receipt is `dead`; `recordAt` is asked for these alone, by their position. */
export function deadLettersOf<Place, Input>(
  receipts: readonly Receipt[],
  recordAt: (index: number) => { readonly place: Place; readonly input: Input },
): readonly DeadLetter<Place, Input>[] {
  return receipts.flatMap((receipt, index) => {
    if (receipt.status !== "dead") return [];
    const { place, input } = recordAt(index);
    return [{ place, input, reason: receipt.reason, detail: receipt.detail }];
  });
}
