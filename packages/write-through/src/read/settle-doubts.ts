/**
 * Finds out whether copies are erased that were read while an erasure was on
 * its way into force. A look at the cache epoch record says whether it is in
 * force now. If it is not, the copy is answered as it was read. If it is, the
 * copy may have been replaced between the read and the erasure, so the key is
 * read from the store again, by a process that now knows the erasure.
 */
import { CoreError } from "../errors.ts";
import { judgeCopy, shownCopy } from "./answer-with-copy.ts";
import { type CacheMiss, failRead, type PendingRead, type ReadContext, type StoreAnswer } from "./pending-read.ts";
import { settleReads } from "./settle-reads.ts";

/** Rounds of a look and a read. More are needed only if one erasure after the other meets the same person. */
const ROUNDS_MAX = 4;

type ReadStore = (misses: readonly CacheMiss[], context: ReadContext) => Promise<readonly StoreAnswer[]>;

/** @throws CoreError of the store */
export async function settleDoubts(
  reads: readonly PendingRead[],
  context: ReadContext,
  readStore: ReadStore,
): Promise<void> {
  for (let round = 1; round <= ROUNDS_MAX && reads.some(isInDoubt); round += 1) {
    await context.ports.cacheEpoch.look();
    const misses = reads
      .filter(isInDoubt)
      .flatMap((pending) => (answerAfterLook(pending, context) ? [] : [missOf(pending)]));
    if (misses.length > 0) await settleReads(await readStore(misses, context), context);
  }
  const left = reads.filter(isInDoubt);
  // An error knows its stack, which would cost every read something.
  if (left.length === 0) return;
  const error = new CoreError("ERASURE_UNSETTLED", "erasures came into force again and again during the read");
  for (const pending of left) failRead(pending, { port: "store", step: "erasures", error }, context.ports);
}

function isInDoubt({ result, doubt }: PendingRead): boolean {
  return result === null && doubt !== null;
}

/** False where the key must be read again. */
function answerAfterLook(pending: PendingRead, { ports }: ReadContext): boolean {
  const { doubt, asOf, key } = pending;
  if (doubt === null) return true;
  const verdict = judgeCopy(doubt.copy, { asOf, isFresh: true }, ports);
  if (verdict !== "show" && verdict !== "hide") return false;
  pending.result = shownCopy(key, doubt, verdict, ports);
  return true;
}

function missOf(pending: PendingRead): CacheMiss {
  pending.doubt = null;
  return { pending, observation: null };
}
