/**
 * Reduces the drafts of one call before they are encoded: of several of a key
 * the core gets the highest alone. The others get the receipts that the core
 * would give them. Every pass over the call gives turns.
 */
import {
  chunked,
  decided,
  fillGaps,
  itemAt,
  open,
  type Receipt,
  type Slot,
  type Version,
  type WriteRecord,
} from "@trilane/write-through";
import { OVERSIZED } from "./dead-reasons.ts";
import { mapInTurns, nextTurn, smallStepsInTurns } from "./map-in-turns.ts";
import { oversized } from "./parse-record.ts";
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

const CALL_RECORDS_MAX = 5_000;
/** The position of an entry that is decided already. */
const NOT_SENT = -1;

/** The changes of one call, in their order: what is decided already, and what wins or loses. */
export class Reduction {
  readonly entries: (Receipt | Candidate)[] = [];
  /** Those that the core gets. */
  readonly sent: Candidate[] = [];
  /** For each candidate among the entries, the position in `sent` of the one that stands for it. */
  readonly sentOf: number[] = [];
  readonly #positions = new Map<string, number>();

  decide(receipt: Receipt): void {
    this.entries.push(receipt);
    this.sentOf.push(NOT_SENT);
  }

  /** Of equal drafts the first stands for all. Records that are made already are reduced by the core. */
  add(candidate: Candidate): void {
    const position = candidate.kind === "draft" ? this.#positions.get(candidate.key) : undefined;
    this.sentOf.push(position ?? this.sent.length);
    this.entries.push(candidate);
    if (position !== undefined) return this.#compare(candidate as RecordDraft, position);
    if (candidate.kind === "draft") {
      candidate.hold();
      this.#positions.set(candidate.key, this.sent.length);
    }
    this.sent.push(candidate);
  }

  /** The draft that loses lets go of its features at once. */
  #compare(draft: RecordDraft, position: number): void {
    const best = itemAt(this.sent, position) as RecordDraft;
    if (!isBelow(best, draft)) return draft.lose(best.key);
    best.lose(draft.key);
    draft.hold();
    this.sent[position] = draft;
  }
}

/** One receipt per entry, in order. */
export async function writeReduced(
  { entries, sent, sentOf }: Reduction,
  write: WriteRecords,
): Promise<readonly Receipt[]> {
  const answers = sent.length === 0 ? [] : await writeSent(sent, write);
  const receipts: Receipt[] = [];
  const left: number[] = [];
  await smallStepsInTurns(entries.length, (index) => {
    const entry = itemAt(entries, index);
    if ("status" in entry) return void receipts.push(entry);
    const position = itemAt(sentOf, index);
    const receipt = receiptOf(entry, itemAt(sent, position), itemAt(answers, position));
    if (receipt === null) left.push(index);
    receipts.push(receipt ?? itemAt(answers, position));
  });
  if (left.length > 0) await writeLeft(left, entries, { receipts, write });
  return receipts;
}

/**
 * The passes of the core over one call give no turns, so very many records go in several calls. Drafts can: each has a
 * key of its own. Records that are made already are reduced by the core, and so only within one call.
 */
async function writeSent(sent: readonly Candidate[], write: WriteRecords): Promise<readonly Receipt[]> {
  const canBeSplit = sent.every(({ kind }) => kind === "draft");
  let isAnyOversized = false;
  const records = await mapInTurns(sent, ({ record }) => {
    isAnyOversized ||= refusalOf(record) !== null;
    return record;
  });
  if (!isAnyOversized) return writeRecords(records, write, canBeSplit);
  const slots = records.map((record): Slot<Receipt, WriteRecord> => {
    const refusal = refusalOf(record);
    return refusal === null ? open(record) : decided(refusal);
  });
  return fillGaps(slots, (some) => writeRecords(some, write, canBeSplit));
}

/** The receipt of a record that is too large, which only its encoding has shown. */
function refusalOf({ payload }: WriteRecord): Receipt | null {
  const refusal = payload === null ? null : oversized(payload);
  return refusal === null ? null : { status: "dead", reason: refusal.reason, detail: refusal.detail };
}

async function writeRecords(
  records: readonly WriteRecord[],
  write: WriteRecords,
  canBeSplit: boolean,
): Promise<readonly Receipt[]> {
  if (records.length <= CALL_RECORDS_MAX || !canBeSplit) return write(records);
  const calls: Promise<readonly Receipt[]>[] = [];
  for (const part of chunked(records, CALL_RECORDS_MAX)) {
    const call = write(part);
    // It may be rejected before anything waits for it.
    call.catch(() => undefined);
    calls.push(call);
    await nextTurn();
  }
  return (await Promise.all(calls)).flat();
}

/** Puts the receipts of the entries at these positions into the list. */
async function writeLeft(
  left: readonly number[],
  entries: readonly (Receipt | Candidate)[],
  { receipts, write }: { readonly receipts: Receipt[]; readonly write: WriteRecords },
): Promise<void> {
  const reduction = new Reduction();
  await smallStepsInTurns(left.length, (at) => reduction.add(itemAt(entries, itemAt(left, at)) as Candidate));
  const answers = await writeReduced(reduction, write);
  for (const [at, index] of left.entries()) receipts[index] = itemAt(answers, at);
}

/** Null where the candidate must be sent by itself. */
function receiptOf(candidate: Candidate, winner: Candidate, receipt: Receipt): Receipt | null {
  if (candidate.kind === "made") return receiptOfMade(candidate, receipt);
  return candidate === winner || winner.kind === "made" ? receipt : receiptOfLoser(candidate, winner, receipt);
}

function receiptOfMade({ expired }: MadeRecord, receipt: Receipt): Receipt {
  return expired === null || receipt.status === "failed" ? receipt : { status: "expired", version: expired };
}

/** A record that was not written supersedes nothing, so the records that lost to it are sent by themselves. */
function receiptOfLoser(loser: RecordDraft, winner: RecordDraft, receipt: Receipt): Receipt | null {
  switch (receipt.status) {
    case "failed":
      return receipt;
    case "dead":
      // All other refusals of a record that could be encoded are about its key.
      return receipt.reason !== OVERSIZED || isTwin(loser, winner) ? receipt : null;
    case "erased":
    case "expired":
      return isTwin(loser, winner) ? receipt : null;
    case "applied":
    case "superseded":
    case "duplicate":
      if (!isTwin(loser, winner)) return new SupersededDraft(loser, winner.version);
      return receipt.status === "superseded" ? receipt : { status: "duplicate", version: winner.version };
  }
}

/** Most senders only count, and the version of a loser is the hash of a payload that nobody else needs. */
class SupersededDraft {
  readonly status = "superseded";
  readonly by: Version;
  readonly #loser: RecordDraft;

  constructor(loser: RecordDraft, by: Version) {
    this.by = by;
    this.#loser = loser;
  }

  get version(): Version {
    return this.#loser.version;
  }

  toJSON(): Receipt {
    return { status: this.status, version: this.version, by: this.by };
  }
}
