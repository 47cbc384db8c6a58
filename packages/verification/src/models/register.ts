/**
 * The specification as a monitor: a max-register for each key.
 *
 * Once a write is acknowledged, or a reader has answered with a version, no
 * read that begins later answers less. No read answers with a version that the
 * store never held. A read begins with its first request and ends with its last
 * one. Later beginnings and earlier ends would only make the demand stricter.
 */
import type { SearchContext } from "../engine/search-space.ts";
import { note } from "../engine/actions.ts";

/** The part of a state that the monitor looks at. */
export interface Register {
  readonly stored: number;
  /** The highest version acknowledged, or answered to a reader. */
  floor: number;
}

/** @param startFloor the floor when the read began. */
export function seeAnswer(context: SearchContext, register: Register, startFloor: number, answer: number): void {
  note(context, () => `answers ${answer}`);
  if (answer < startFloor) {
    context.violation = `a read answers ${answer}, although ${startFloor} was acknowledged or answered before it began`;
  } else if (answer > register.stored) {
    context.violation = `a read answers ${answer}, which the store has never held`;
  }
  if (register.floor < answer) register.floor = answer;
}

/** An acknowledgement promises the write, and any newer version that it reports. */
export function seeAcknowledgement(context: SearchContext, register: Register, promised: number): void {
  note(context, () => `acknowledges ${promised}`);
  if (register.floor < promised) register.floor = promised;
}
