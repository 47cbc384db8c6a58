/**
 * The specification as a monitor: a max-register.
 *
 * Once a write is acknowledged, or any reader has answered with a version, no
 * read that begins later answers less; and no read answers with what the store
 * never held.
 */
import { note, type CacheEpochContext } from "./context.ts";
import { MET, READER_PHASE, WRITER_PHASE, type ReaderState, type WriterState } from "./state.ts";

export function beginRead(context: CacheEpochContext, reader: ReaderState): void {
  reader.startFloor = context.state.floor;
}

export function answerRead(context: CacheEpochContext, reader: ReaderState, answer: number): void {
  const { state } = context;
  note(context, () => `answers ${answer}`);
  if (answer < reader.startFloor) {
    context.violation = `a read answers ${answer}, although ${reader.startFloor} was acknowledged or answered before it began`;
  } else if (answer > state.stored) {
    context.violation = `a read answers ${answer}, which the store has never held`;
  }
  if (state.floor < answer) state.floor = answer;
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

/** An acknowledgement promises the write, and whatever newer version it reports. */
export function acknowledge(context: CacheEpochContext, writer: WriterState, promise: number): void {
  const { state } = context;
  note(context, () => `acknowledges ${promise}`);
  if (state.floor < promise) state.floor = promise;
  writer.phase = WRITER_PHASE.acknowledged;
}
