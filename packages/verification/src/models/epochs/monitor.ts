/** The reports of this model's readers and writers to the monitor. */
import { seeAcknowledgement, seeAnswer } from "../register.ts";
import type { ModelContext } from "./context.ts";
import { MET, READER_PHASE, WRITER_PHASE, type ReaderState, type WriterState } from "./state.ts";

export function beginRead(context: ModelContext, reader: ReaderState): void {
  reader.startFloor = context.state.floor;
}

export function answerRead(context: ModelContext, reader: ReaderState, answer: number): void {
  seeAnswer(context, context.state, reader.startFloor, answer);
  endRead(reader);
}

/** The read has no outcome, or has answered. */
export function endRead(reader: ReaderState): void {
  reader.phase = READER_PHASE.idle;
  reader.startFloor = 0;
  reader.copy = 0;
  reader.met = MET.nothing;
  reader.metId = 0;
  reader.metEpoch = 0;
  endTelling(reader);
}

export function endTelling(reader: ReaderState): void {
  reader.tellEpoch = 0;
  reader.tellsMet = false;
}

export function acknowledge(context: ModelContext, writer: WriterState, promise: number): void {
  seeAcknowledgement(context, context.state, promise);
  writer.phase = WRITER_PHASE.acknowledged;
}
