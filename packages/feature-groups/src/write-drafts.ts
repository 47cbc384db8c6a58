/**
 * Reduces the drafts of one call before they are encoded: of several of a key
 * the core gets the highest alone. The others get the receipts that the core
 * would give them.
 */
import {
  decided,
  fillGaps,
  itemAt,
  open,
  type Receipt,
  type Slot,
  type Version,
  type WriteRecord,
} from "@trilane/write-through";
import { mapInTurns } from "./map-in-turns.ts";
import type { Drafted } from "./draft-change.ts";
import { isBelow, isTwin, type RecordDraft } from "./record-draft.ts";

export interface MadeRecord {
  readonly kind: "made";
  readonly record: WriteRecord;
  /** The version of a record that is sent only so that it goes on beating older ones; null for all others. */
  readonly expired: Version | null;
}

export type Candidate = RecordDraft | MadeRecord;

/** One receipt per record, in order. */
export type WriteRecords = (records: readonly WriteRecord[]) => Promise<readonly Receipt[]>;

/** Lets drafts go of their features as soon as another one of their key stands for them. */
export class BestDrafts {
  readonly #byKey = new Map<string, RecordDraft>();

  see(drafted: Drafted): Drafted {
    if (drafted.kind !== "draft") return drafted;
    const { key } = drafted;
    const best = this.#byKey.get(key);
    if (best !== undefined && !isBelow(best, drafted)) drafted.lose(best.key);
    else {
      best?.lose(key);
      this.#byKey.set(key, drafted);
    }
    return drafted;
  }
}

/** One receipt per candidate, in order. */
export async function writeCandidates(
  candidates: readonly Candidate[],
  write: WriteRecords,
): Promise<readonly Receipt[]> {
  const { sent, sentOf } = reduceDrafts(candidates);
  const receipts = await write(await mapInTurns(sent, ({ record }) => record));
  const slots = candidates.map((candidate, index): Slot<Receipt, Candidate> => {
    const winner = itemAt(sent, itemAt(sentOf, index));
    const receipt = itemAt(receipts, itemAt(sentOf, index));
    if (candidate.kind === "made") return decided(receiptOfMade(candidate, receipt));
    return candidate === winner || winner.kind === "made" ? decided(receipt) : slotOfLoser(candidate, winner, receipt);
  });
  return fillGaps(slots, (left) => writeCandidates(left, write));
}

interface Reduction {
  readonly sent: readonly Candidate[];
  /** For each candidate, the position in `sent` of the one that stands for it. */
  readonly sentOf: Uint32Array;
}

/** Of equal drafts the first stands for all. Records that are made already are reduced by the core. */
function reduceDrafts(candidates: readonly Candidate[]): Reduction {
  const positions = new Map<string, number>();
  const sent: Candidate[] = [];
  const sentOf = new Uint32Array(candidates.length);
  for (const [index, candidate] of candidates.entries()) {
    const position = candidate.kind === "draft" ? positions.get(candidate.key) : undefined;
    if (candidate.kind === "made" || position === undefined) {
      if (candidate.kind === "draft") positions.set(candidate.key, sent.length);
      sentOf[index] = sent.length;
      sent.push(candidate);
      continue;
    }
    sentOf[index] = position;
    const best = sent[position];
    if (best?.kind === "draft" && isBelow(best, candidate)) sent[position] = candidate;
  }
  return { sent, sentOf };
}

function receiptOfMade({ expired }: MadeRecord, receipt: Receipt): Receipt {
  return expired === null || receipt.status === "failed" ? receipt : { status: "expired", version: expired };
}

/** A record that was not written supersedes nothing, so the records that lost to it are sent by themselves. */
function slotOfLoser(loser: RecordDraft, winner: RecordDraft, receipt: Receipt): Slot<Receipt, Candidate> {
  switch (receipt.status) {
    case "failed":
    case "dead":
      return decided(receipt);
    case "erased":
    case "expired":
      return isTwin(loser, winner) ? decided(receipt) : open(loser);
    case "applied":
    case "superseded":
    case "duplicate":
      return decided(receiptOfLoser(loser, winner, receipt));
  }
}

function receiptOfLoser(loser: RecordDraft, winner: RecordDraft, receipt: Receipt): Receipt {
  if (isTwin(loser, winner)) {
    return receipt.status === "superseded" ? receipt : { status: "duplicate", version: winner.version };
  }
  return {
    status: "superseded",
    by: winner.version,
    // Most senders only count, and the version of a loser is the hash of a payload that nobody else needs.
    get version() {
      return loser.version;
    },
  };
}
