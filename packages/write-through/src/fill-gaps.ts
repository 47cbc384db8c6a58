/**
 * Decides some items at once, asks for the others in one call, and puts all
 * answers into the order of the items.
 */
import { itemAt } from "./paired.ts";

/** The position of one item in the answer. */
export type Slot<Answer, Request> =
  | { readonly kind: "decided"; readonly answer: Answer }
  /** A gap, for which `request` is asked. */
  | { readonly kind: "open"; readonly request: Request };

export function decided<Answer>(answer: Answer): { readonly kind: "decided"; readonly answer: Answer } {
  return { kind: "decided", answer };
}

export function open<Request>(request: Request): { readonly kind: "open"; readonly request: Request } {
  return { kind: "open", request };
}

/**
 * Returns one answer per slot, in order. `ask` gets the requests of all gaps in order, and is not called where there is
 * no gap.
 * @throws RangeError where `ask` does not give one answer per request; the error of `ask` where it rejects
 */
export async function fillGaps<Answer, Request>(
  slots: readonly Slot<Answer, Request>[],
  ask: (requests: readonly Request[]) => Promise<readonly Answer[]>,
): Promise<readonly Answer[]> {
  const requests = slots.flatMap((slot) => (slot.kind === "open" ? [slot.request] : []));
  const answers = requests.length === 0 ? [] : await ask(requests);
  if (answers.length !== requests.length) {
    throw new RangeError(`${requests.length} requests had ${answers.length} answers: there must be one each`);
  }
  let next = 0;
  return slots.map((slot) => {
    if (slot.kind === "decided") return slot.answer;
    next += 1;
    return itemAt(answers, next - 1);
  });
}
