/**
 * Reduces the drafts of one call before they are encoded: of several of a key
 * the core gets the highest alone. The others get the receipts that the core
 * would give them. Every pass over the call gives turns.
 */
import {
  decided,
  fillGaps,
  forEachPair,
  itemAt,
  open,
  type Receipt,
  type Slot,
  type Version,
  type WriteRecord,
} from "@trilane/write-through";
import pLimit from "p-limit";
import { OVERSIZED } from "./dead-reasons.ts";
import { mapInTurns, smallStepsInTurns } from "./map-in-turns.ts";
import { oversized } from "./parse-record.ts";
import type { Rank } from "./rank.ts";
import { isBelow, isRankBelow, isTwin, type RecordDraft } from "./record-draft.ts";

export interface MadeRecord {
  readonly kind: "made";
  readonly record: WriteRecord;
  /** The version of a record that is sent only so that it goes on beating older ones; null for all others. */
  readonly expired: Version | null;
}

export type Candidate = RecordDraft | MadeRecord;

/** Drafts the change of an entry again: nothing else is held of a record that has lost. */
export type Redraft = (index: number) => RecordDraft;

/** One receipt per record, in order. */
export type WriteRecords = (records: readonly WriteRecord[]) => Promise<readonly Receipt[]>;

const CALL_RECORDS_MAX = 5_000;
/** As many as fill the core, which lets a caller wait when 20,000 keys do. */
const CALLS_UNDER_WAY_MAX = 4;
/** The position of an entry that is decided already. */
const NOT_SENT = -1;

/** Null: a draft that has lost, and is no twin of the one that stands for it. */
type Entry = Receipt | Candidate | null;

/** The changes of one call, in their order: what is decided already, and what wins or loses. */
export class Reduction {
  readonly entries: Entry[] = [];
  /** Those that the core gets. */
  readonly sent: Candidate[] = [];
  /** For each candidate among the entries, the position in `sent` of the one that stands for it. */
  readonly sentOf: number[] = [];
  /** For each of `sent`, its index among the entries. */
  readonly #entryOf: number[] = [];
  readonly #positions = new Map<string, number>();

  decide(receipt: Receipt): void {
    this.entries.push(receipt);
    this.sentOf.push(NOT_SENT);
  }

  /** Of equal drafts the first stands for all. Records that are made already are reduced by the core. */
  add(candidate: Candidate): void {
    const position = candidate.kind === "draft" ? this.#positions.get(candidate.key) : undefined;
    this.sentOf.push(position ?? this.sent.length);
    if (position !== undefined) {
      this.entries.push(this.#compared(candidate as RecordDraft, position));
      return;
    }
    if (candidate.kind === "draft") {
      candidate.hold();
      this.#positions.set(candidate.key, this.sent.length);
    }
    this.#entryOf.push(this.entries.length);
    this.sent.push(candidate);
    this.entries.push(candidate);
  }

  /** Enters a record that is surely below another one of its key; false where its draft is needed. */
  addLost(rank: Rank): boolean {
    const position = this.#positions.get(rank.key);
    if (position === undefined || !isRankBelow(rank, itemAt(this.sent, position) as RecordDraft)) return false;
    this.sentOf.push(position);
    this.entries.push(null);
    return true;
  }

  /** The draft as an entry. A draft that loses goes at once; a twin lets go of its features. */
  #compared(draft: RecordDraft, position: number): RecordDraft | null {
    const best = itemAt(this.sent, position) as RecordDraft;
    if (isBelow(best, draft)) {
      this.entries[itemAt(this.#entryOf, position)] = null;
      this.#entryOf[position] = this.entries.length;
      this.sent[position] = draft;
      draft.hold();
      return draft;
    }
    if (!isTwin(draft, best)) return null;
    draft.lose(best.key);
    return draft;
  }
}

export interface WriteReducedPorts {
  readonly write: WriteRecords;
  readonly redraft: Redraft;
}

/** One receipt per entry, in order. */
export async function writeReduced(
  { entries, sent, sentOf }: Reduction,
  { write, redraft }: WriteReducedPorts,
): Promise<readonly Receipt[]> {
  const answers = sent.length === 0 ? [] : await writeSent(sent, write);
  const receipts: Receipt[] = [];
  const left: number[] = [];
  await smallStepsInTurns(entries.length, (index) => {
    const entry = itemAt(entries, index);
    if (entry !== null && "status" in entry) return void receipts.push(entry);
    const position = itemAt(sentOf, index);
    const [winner, answer] = [itemAt(sent, position), itemAt(answers, position)];
    const won = { winner, answer };
    const isLost = entry === null || (entry !== winner && entry.kind === "draft" && !isTwinOf(entry, winner));
    const receipt = isLost ? receiptOfLost(index, redraft, won) : receiptOf(entry, won);
    if (receipt === null) left.push(index);
    receipts.push(receipt ?? answer);
  });
  if (left.length > 0) await writeLeft(left, entries, { receipts, write, redraft });
  return receipts;
}

/**
 * The passes of the core over one call give no turns, so very many records go in several calls. The core reduces
 * records that are made already within one call alone, so all records of a key go in the same one. Only the records of
 * the calls under way are encoded, and what is written keeps its version alone.
 */
async function writeSent(sent: readonly Candidate[], write: WriteRecords): Promise<readonly Receipt[]> {
  if (sent.length <= CALL_RECORDS_MAX) return writeCall(sent, write);
  const all = new Array<Receipt>(sent.length);
  const limit = pLimit(CALLS_UNDER_WAY_MAX);
  const writeAt = async (positions: readonly number[]): Promise<void> => {
    const candidates = positions.map((position) => itemAt(sent, position));
    try {
      forEachPair(positions, await writeCall(candidates, write), (position, receipt) => {
        all[position] = receipt;
      });
    } catch (error) {
      // After a call that failed as a whole no other one begins.
      limit.clearQueue();
      throw error;
    }
  };
  await limit.map(await callsOf(sent), writeAt);
  return all;
}

/** The positions of the records of each call. */
async function callsOf(sent: readonly Candidate[]): Promise<readonly (readonly number[])[]> {
  let last: number[] = [];
  const calls = [last];
  const callOf = new Map<string, number[]>();
  await smallStepsInTurns(sent.length, (position) => {
    const candidate = itemAt(sent, position);
    const { key } = candidate.kind === "draft" ? candidate : candidate.record;
    const call = callOf.get(key);
    if (call !== undefined) return void call.push(position);
    if (last.length >= CALL_RECORDS_MAX) calls.push((last = []));
    callOf.set(key, last);
    last.push(position);
  });
  return calls;
}

async function writeCall(candidates: readonly Candidate[], write: WriteRecords): Promise<readonly Receipt[]> {
  let isAnyOversized = false;
  const records = await mapInTurns(candidates, ({ record }) => {
    isAnyOversized ||= refusalOf(record) !== null;
    return record;
  });
  for (const candidate of candidates) if (candidate.kind === "draft") candidate.keepVersion();
  if (!isAnyOversized) return write(records);
  const slots = records.map((record): Slot<Receipt, WriteRecord> => {
    const refusal = refusalOf(record);
    return refusal === null ? open(record) : decided(refusal);
  });
  return fillGaps(slots, write);
}

/** The receipt of a record that is too large, which only its encoding has shown. */
function refusalOf({ payload }: WriteRecord): Receipt | null {
  const refusal = payload === null ? null : oversized(payload);
  return refusal === null ? null : { status: "dead", reason: refusal.reason, detail: refusal.detail };
}

/** Puts the receipts of the entries at these positions into the list. */
async function writeLeft(
  left: readonly number[],
  entries: readonly Entry[],
  { receipts, write, redraft }: WriteReducedPorts & { readonly receipts: Receipt[] },
): Promise<void> {
  const reduction = new Reduction();
  const again: Redraft = (at) => redraft(itemAt(left, at));
  await smallStepsInTurns(left.length, (at) => {
    reduction.add((itemAt(entries, itemAt(left, at)) as Candidate | null) ?? again(at));
  });
  const answers = await writeReduced(reduction, { write, redraft: again });
  for (const [at, index] of left.entries()) receipts[index] = itemAt(answers, at);
}

function isTwinOf(draft: RecordDraft, winner: Candidate): boolean {
  return winner.kind === "draft" && isTwin(draft, winner);
}

/** The receipt of the winner itself, or of a twin of it. */
function receiptOf(candidate: Candidate, { winner, answer }: Won): Receipt {
  if (candidate.kind === "made") return receiptOfMade(candidate, answer);
  return candidate === winner || winner.kind === "made" ? answer : receiptOfTwin(winner, answer);
}

function receiptOfMade({ expired }: MadeRecord, receipt: Receipt): Receipt {
  return expired === null || receipt.status === "failed" ? receipt : { status: "expired", version: expired };
}

interface Won {
  readonly winner: Candidate;
  readonly answer: Receipt;
}

/** Null where the draft, which is below the winner, must be sent by itself. A record that was not written supersedes nothing. */
function receiptOfLost(index: number, redraft: Redraft, { winner, answer }: Won): Receipt | null {
  switch (answer.status) {
    case "failed":
      return answer;
    case "dead":
      // All other refusals of a record that could be encoded are about its key.
      return answer.reason === OVERSIZED ? null : answer;
    case "erased":
    case "expired":
      return null;
    case "applied":
    case "superseded":
    case "duplicate":
      return new SupersededDraft(index, redraft, (winner as RecordDraft).version);
  }
}

/** Twins have one fate, but only one of them is stored. */
function receiptOfTwin(winner: RecordDraft, receipt: Receipt): Receipt {
  return receipt.status === "applied" ? { status: "duplicate", version: winner.version } : receipt;
}

/** Most senders only count, and the version of a loser is the hash of a payload that nobody else needs. */
class SupersededDraft {
  readonly status = "superseded";
  readonly by: Version;
  readonly #index: number;
  readonly #redraft: Redraft;
  #version: Version | null = null;

  constructor(index: number, redraft: Redraft, by: Version) {
    this.by = by;
    this.#index = index;
    this.#redraft = redraft;
  }

  get version(): Version {
    this.#version ??= this.#redraft(this.#index).version;
    return this.#version;
  }

  toJSON(): Receipt {
    return { status: this.status, version: this.version, by: this.by };
  }
}
