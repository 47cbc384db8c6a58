/**
 * Dead letters: records that are refused for good, with their place and their
 * content. Each lane keeps them where its source is: beside the objects, in a
 * topic, in a queue. They are kept before their record is acknowledged, so none
 * is lost; a crash in between may keep one twice.
 */
import type { Receipt, RecordOwner } from "@trilane/write-through";

export interface DeadLetter<Place, Input = unknown> {
  /** The place of the record in its source. */
  readonly place: Place;
  /** The record's content, as it came. */
  readonly input: Input;
  /** The reason, from a closed list. */
  readonly reason: string;
  /** The detail for people: field, value, remedy. */
  readonly detail: string;
  /** Absent where it cannot be read from the record. */
  readonly owner?: RecordOwner;
}

/** The letters of the records whose receipt is `dead`. `recordAt` is asked only for these, by their position. */
export function deadLettersOf<Place, Input>(
  receipts: readonly Receipt[],
  recordAt: (index: number) => { readonly place: Place; readonly input: Input },
): readonly DeadLetter<Place, Input>[] {
  const letters: DeadLetter<Place, Input>[] = [];
  for (const [index, receipt] of receipts.entries()) {
    if (receipt.status !== "dead") continue;
    const { place, input } = recordAt(index);
    const { reason, detail, owner } = receipt;
    letters.push({ place, input, reason, detail, ...(owner === undefined ? {} : { owner }) });
  }
  return letters;
}
