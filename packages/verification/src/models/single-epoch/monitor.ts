/** The reports of this model's readers and writers to the monitor. */
import { seeAcknowledgement, seeAnswer } from "../register.ts";
import { at } from "../../engine/at.ts";
import { itemOf, keyOf, type ModelContext } from "./context.ts";
import { ITEM_PHASE, READER_PHASE, SETTLE_WITH, type ReaderState } from "./state.ts";

export function beginRead(context: ModelContext, reader: ReaderState, key: number): void {
  reader.readsLeft--;
  reader.key = key;
  reader.startFloor = keyOf(context, key).floor;
}

export function answerRead(context: ModelContext, reader: ReaderState, answer: number): void {
  seeAnswer(context, keyOf(context, reader.key), reader.startFloor, answer);
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

export function acknowledge(context: ModelContext, index: number, promise: number): void {
  const { key, acknowledges } = at(context.items, index);
  seeAcknowledgement(context, keyOf(context, key), Math.max(promise, acknowledges));
  const item = itemOf(context, index);
  item.phase = ITEM_PHASE.acknowledged;
  item.chosenId = 0;
}
