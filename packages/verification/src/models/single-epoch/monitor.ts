/**
 * The specification as a monitor: a max-register per key.
 *
 * Once a write is acknowledged, or any reader has answered with a version, no
 * read that begins later answers less; and no read answers with what the store
 * never held. A read begins with its first request and ends with its last one:
 * later beginnings and earlier ends only make the demand stricter.
 */
import { itemOf, keyOf, note, type ModelContext } from "./context.ts";
import { ITEM_PHASE, READER_PHASE, SETTLE_WITH, type ReaderState } from "./state.ts";
import { at } from "../values.ts";

export function beginRead(context: ModelContext, reader: ReaderState, key: number): void {
  reader.readsLeft--;
  reader.key = key;
  reader.startFloor = keyOf(context, key).floor;
}

export function answerRead(context: ModelContext, reader: ReaderState, answer: number): void {
  const key = keyOf(context, reader.key);
  note(context, () => `answers ${answer}`);
  if (answer < reader.startFloor) {
    context.violation = `a read answers ${answer}, although ${reader.startFloor} was acknowledged or answered before it began`;
  } else if (answer > key.stored) {
    context.violation = `a read answers ${answer}, which the store has never held`;
  }
  if (key.floor < answer) key.floor = answer;
  endRead(reader);
}

/** The read has no outcome, or has answered. */
export function endRead(reader: ReaderState): void {
  reader.phase = READER_PHASE.idle;
  reader.key = 0;
  reader.startFloor = 0;
  reader.settleWith = SETTLE_WITH.nothing;
  reader.id = 0;
  reader.copy = 0;
}

/** An acknowledgement promises the write, and whatever newer version it reports. */
export function acknowledge(context: ModelContext, index: number, promise: number): void {
  const definition = at(context.items, index);
  const item = itemOf(context, index);
  const key = keyOf(context, definition.key);
  const promised = Math.max(promise, definition.acknowledges);
  note(context, () => `acknowledges ${promised}`);
  if (key.floor < promised) key.floor = promised;
  item.phase = ITEM_PHASE.acknowledged;
  item.chosenId = 0;
}
