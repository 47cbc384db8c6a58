/**
 * Reads a partition's part of a fetch, batch by batch from the position on: the
 * committed records, and where the next fetch begins. kafkajs computes both
 * wrongly, decodes everything at once, and ends for good on a batch that it
 * cannot decode. Here such a batch is an outcome of its own.
 */
import { Turn } from "@trilane/feature-groups";
import { messageOf } from "@trilane/write-through";
import type { StreamRecord } from "../stream-source.ts";
import { type AbortedTransaction, AbortedTransactions } from "./aborted-transactions.ts";
import { claimedLastOffset, entryAt, type LogEntry, MAGIC_OF_BATCH, readHeader } from "./batch-header.ts";
import type { FetchBudget } from "./fetch-budget.ts";
import { readOldMessage } from "./read-old-message.ts";
import { readRecords, type Taking } from "./read-records.ts";

export interface UnreadableBatch {
  /** The bytes that were fetched; null where the broker could not read them either. */
  readonly bytes: Buffer | null;
  /** A text for people. */
  readonly detail: string;
}

export type ReadLog =
  /** `endOffset`: where to go on; null where no whole batch was there. */
  | { readonly kind: "records"; readonly records: readonly StreamRecord[]; readonly endOffset: bigint | null }
  /** The batch at the position. Earlier fetches have read the batches before it. */
  | ({ readonly kind: "unreadable"; readonly endOffset: bigint } & UnreadableBatch);

export interface LogPosition {
  readonly from: bigint;
  readonly highWatermark: bigint;
  readonly aborted: readonly AbortedTransaction[];
  readonly budget: FetchBudget;
  /** The turn of the whole fetch. */
  readonly turn?: Turn;
}

/** Never rejects because of the content of the bytes. */
export async function readLog(log: Buffer, position: LogPosition): Promise<ReadLog> {
  const { from, highWatermark, aborted, budget, turn = new Turn() } = position;
  const transactions = new AbortedTransactions(aborted);
  const records: StreamRecord[] = [];
  let endOffset: bigint | null = null;
  let entry = entryAt(log, 0);
  for (let at = 0; entry !== null && !budget.isSpent; entry = entryAt(log, at)) {
    const next = endOffset ?? from;
    try {
      const part = await readEntry(entry, { from: next, transactions, budget, turn });
      for (const record of part.records) records.push(record);
      if (part.endOffset > next) endOffset = part.endOffset;
      if (!part.isWhole) break;
    } catch (error) {
      if (endOffset !== null) break;
      const end = endOfUnreadable(log, at, { entry, from, highWatermark });
      return { kind: "unreadable", endOffset: end, bytes: entry.bytes, detail: messageOf(error) };
    }
    at += entry.bytes.length;
  }
  return { kind: "records", records, endOffset };
}

interface ReadEntry {
  readonly records: readonly StreamRecord[];
  readonly endOffset: bigint;
  readonly isWhole: boolean;
}

async function readEntry(
  entry: LogEntry,
  { transactions, ...taking }: Taking & { readonly transactions: AbortedTransactions },
): Promise<ReadEntry> {
  const { from, budget } = taking;
  if (entry.magic === 0 || entry.magic === 1) return readOldEntry(entry, from, budget);
  if (entry.magic !== MAGIC_OF_BATCH)
    throw new RangeError(`its format is ${entry.magic}, which is none that Kafka has`);
  const header = readHeader(entry);
  const endOffset = header.lastOffset + 1n;
  const isHidden = transactions.hides(entry, header);
  if (isHidden || endOffset <= from) return { records: [], endOffset, isWhole: true };
  const { records, isWhole } = await readRecords(entry, header, taking);
  return { records, isWhole, endOffset: isWhole ? endOffset : (records.at(-1)?.offset ?? from - 1n) + 1n };
}

/** An entry holds only few old messages, so the whole entry is read. */
async function readOldEntry(entry: LogEntry, from: bigint, budget: FetchBudget): Promise<ReadEntry> {
  const all = await readOldMessage(entry);
  for (const { value } of all) budget.spend(value?.length ?? 0);
  const last = all.at(-1)?.offset ?? entry.baseOffset;
  return { records: all.filter(({ offset }) => offset >= from), endOffset: last + 1n, isWhole: true };
}

/**
 * The header of a damaged batch may be damaged, too. The batch after it shows where it ends, or otherwise its own
 * header, up to the end of the partition; it has at least one offset.
 */
function endOfUnreadable(
  log: Buffer,
  at: number,
  { entry, from, highWatermark }: { readonly entry: LogEntry; readonly from: bigint; readonly highWatermark: bigint },
): bigint {
  const next = entryAt(log, at + entry.bytes.length);
  if (next !== null && next.baseOffset > from) return next.baseOffset;
  const claimed = claimedLastOffset(entry);
  if (claimed !== null && claimed >= from && claimed < highWatermark) return claimed + 1n;
  return from + 1n;
}
