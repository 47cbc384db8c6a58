/**
 * The one way from a copy to a reader's answer. A copy of an erased record
 * counts as absent; where this process cannot tell yet whether it is erased,
 * the copy stays in doubt, and `settle-doubts.ts` finds out.
 */
import type { CorePorts } from "../ports/core-ports.ts";
import type { StoredCopy } from "../ports/store.ts";
import type { ErasureVerdict } from "../protocol/erasure.ts";
import { NO_VERSION } from "../protocol/version.ts";
import type { PendingRead, ReadCopy } from "./pending-read.ts";
import { type ReadResult, resultOf } from "./read-result.ts";

type AnswerPorts = Pick<CorePorts, "cacheEpoch" | "copies">;

export function answerWithCopy(pending: PendingRead, read: ReadCopy, ports: AnswerPorts): void {
  const verdict = judgeCopy(read.copy, { asOf: pending.asOf, isFresh: false }, ports);
  if (verdict === "show" || verdict === "hide") pending.result = shownCopy(pending.key, read, verdict, ports);
  else pending.doubt = read;
}

export function judgeCopy(
  { version, body }: StoredCopy,
  { asOf, isFresh }: { readonly asOf: number; readonly isFresh: boolean },
  { cacheEpoch, copies }: AnswerPorts,
): ErasureVerdict {
  // A tombstone holds nothing of anybody.
  if (body === null || body.payload === null) return "show";
  return cacheEpoch.erasures.judge(copies.subjectOf(body), version, asOf, isFresh);
}

export function shownCopy(
  key: string,
  { copy, source }: ReadCopy,
  verdict: "show" | "hide",
  { cacheEpoch, copies }: AnswerPorts,
): ReadResult {
  if (verdict === "hide") return { kind: "absent", version: NO_VERSION, source };
  return resultOf(copy, source, cacheEpoch.timeOfDay(), copies.expiresAtMs(key, copy));
}
