/**
 * The list of erasures as the store keeps it, and what the core asks of the
 * knowledge that a process has of it.
 */
import type { Erasure, ErasureNumbers, ErasureVerdict, SubjectDigest } from "../protocol/erasure.ts";
import type { Version } from "../protocol/version.ts";

/** Where the list begins that a process has to read one by one: all before it is in the blocks. */
export interface ErasureBlocks {
  /** The blocks hold what the erasures up to this number have left in force. */
  readonly upTo: number;
  /** The name of the set of blocks. A set is never changed; a later one takes its place. */
  readonly set: string;
  readonly count: number;
}

/** The list's part of the cache epoch record. */
export interface ErasureState extends ErasureNumbers {
  /** Null before the list was compacted for the first time. */
  readonly blocks: ErasureBlocks | null;
  /** Which key the digests of subjects are made with; null before a process has said so. */
  readonly subjectKey: string | null;
  /** The key before, from its change until it is forgotten; null where there is none. */
  readonly formerSubjectKey: FormerSubjectKey | null;
}

/** The key that made the digests of the table's records and erasures of before the change. */
export interface FormerSubjectKey {
  readonly fingerprint: string;
  /** The last erasure that was announced before the change. */
  readonly upTo: number;
  /** Milliseconds since 1970: when the key was changed. */
  readonly changedAtMs: number;
}

export interface BlockEntry {
  readonly subject: SubjectDigest;
  readonly untilUs: number;
  readonly number: number;
}

/** Reads of the list. All are strongly consistent. */
export interface ErasureLog {
  /** The erasures from `after` (exclusive) to `upTo` (inclusive), in order. @throws CoreError */
  readTail(after: number, upTo: number): Promise<readonly Erasure[]>;
  /**
   * Hands over one block after the other; null where the set was replaced meanwhile: look at the record again.
   * @throws CoreError
   */
  readBlocks(blocks: ErasureBlocks, take: (entries: readonly BlockEntry[]) => void): Promise<"read" | "replaced">;
}

/** An erasure, or a lift, that is to be announced. */
export interface ErasureRequest extends Pick<Erasure, "subject" | "kind" | "untilUs"> {
  /** Names the request: one that is sent again is announced once, while it is among the {@link RECENT_MAX} last ones. */
  readonly id: string;
  /** Who asks for it. */
  readonly by: string;
  /** Milliseconds since 1970, as a server confirms them. */
  readonly atMs: number;
}

export type SweepPhase = "sweeping" | "confirming" | "resting" | "done";

/** How far the sweeps of an erasure are. It stands in the list, so that any worker can go on with it. */
export interface SweepState {
  /**
   * `sweeping`: a sweep found something, or there was none yet; `confirming`: the last sweep found nothing, and another
   * one is due a lease later; `resting`: that one found nothing either, and a last one is due.
   */
  readonly phase: SweepPhase;
  readonly sweeps: number;
  /** The records that were replaced by tombstones. */
  readonly removed: number;
  /** Milliseconds since 1970: when the phase began. */
  readonly sinceMs: number;
  /** Milliseconds since 1970: before this moment nothing has to be done. */
  readonly dueMs: number;
}

export interface ErasureEntry extends Erasure, Pick<ErasureRequest, "id" | "by" | "atMs"> {
  readonly sweep: SweepState;
}

/** Changes of the list, and what the sweeps need of the store. */
export interface ErasureStore extends ErasureLog {
  readState(): Promise<ErasureState>;
  /**
   * Appends all requests, or none, and raises the list's last number by as much. At most {@link ANNOUNCED_MAX}.
   * @throws CoreError of the store; the outcome is then unknown, and the same requests may be sent again
   */
  announce(requests: readonly ErasureRequest[]): Promise<readonly ErasureEntry[]>;
  /** All erasures up to `number` are in force from now on. @throws CoreError */
  enforce(number: number): Promise<void>;
  /** Entries from `after` (exclusive) on, in order; those that the list no longer keeps are left out. */
  readEntries(after: number, upTo: number): Promise<readonly ErasureEntry[]>;
  /** The numbers of erasures whose sweeps are not done. The index lags: one that was just announced may be missing. */
  openErasures(): AsyncIterable<number>;
  /** Replaces the state of the sweeps, if it still is `from`. False where another worker was first. */
  saveSweep(number: number, from: SweepState, to: SweepState): Promise<boolean>;
  /** The keys under which the index has records of the subject, page by page. The index lags behind the table. */
  keysOf(subject: SubjectDigest): AsyncIterable<readonly string[]>;
  /** States the key of the table's digests, and the one before, where none is stated yet. Returns the one that is. */
  claimSubjectKey(fingerprint: string, former: string | null, atMs: number): Promise<string>;
  /**
   * Another key takes the place of `from`, which is stated as the one before. False where `from` is not the table's key,
   * or another key before it is not forgotten yet.
   */
  changeSubjectKey(change: { readonly from: string; readonly to: string; readonly atMs: number }): Promise<boolean>;
  /** Forgets the key before. False where it is another one, or there is none. */
  forgetFormerSubjectKey(fingerprint: string): Promise<boolean>;
  /**
   * Writes a set of blocks and lets it take the place of `from`. Null where another process was first, or where not all
   * up to `upTo` is in force; the blocks then stay as they were. The set that was replaced stays readable for an hour.
   */
  replaceBlocks(from: ErasureBlocks | null, upTo: number, entries: Iterable<BlockEntry>): Promise<ErasureBlocks | null>;
  /**
   * Puts entries back that were lost, under their numbers, and raises the list's last number to the last of them. They
   * continue the list without a gap. An entry that is there stays. @throws CoreError
   */
  restoreEntries(entries: readonly ErasureEntry[]): Promise<void>;
  /** Lets an entry that the blocks hold leave the list at this time, in milliseconds since 1970. */
  expireEntry(number: number, expiresAtMs: number): Promise<void>;
}

/** The number of last entries among which a request that is sent again is found. */
export const RECENT_MAX = 200;

/** A block of 320 KB; an item of DynamoDB holds at most 400 KB. */
export const BLOCK_ENTRIES_MAX = 10_000;

/** DynamoDB's limit for one transaction, less the record that holds the numbers. */
export const ANNOUNCED_MAX = 99;

/** The knowledge of one process about the list. While it has a lease on the cache epoch record, it knows all that counts. */
export interface ErasureKnowledge {
  /** The last number in force that this process knows of. */
  readonly inForce: number;
  /** Whether a writer refuses the record. */
  refuses(subject: SubjectDigest | undefined, version: Version): boolean;
  /** The two last parameters are those of `ErasurePlan.judge`. */
  judge(subject: SubjectDigest | null, version: Version, asOf: number, isFresh: boolean): ErasureVerdict;
  /** Whether a sweep may remove the record, if this process has looked at the list since it read the record. */
  remainsErased(subject: SubjectDigest, version: Version): boolean;
}
