/**
 * The checks when everything has come to rest: nobody waits, the store holds
 * what was acknowledged, the cache holds nothing else, a read of each key
 * leaves it cached, and a redelivered record then needs no store call.
 */
import { type StoredBody, type StoredCopy, type Version } from "@trilane/write-through";
import { createCacheTransitions, type Entry } from "@trilane/write-through/protocol";
import type { MemoryCache, MemoryStore } from "@trilane/write-through/testing";
import type { Fleet, Member } from "./fleet.ts";
import type { EventQueue } from "./event-queue.ts";
import type { ErasureMonitor } from "../history/erasure-monitor.ts";
import { CONFIRMED_WITHIN_MS, type Ledger, type SentVersion } from "./ledger.ts";
import { realMs } from "./machine-clocks.ts";
import { endMsOf, personCopies } from "./persons.ts";
import type { ReadTraffic } from "./read-traffic.ts";

export interface FinalState {
  readonly queue: EventQueue;
  readonly ledger: Ledger;
  readonly fleet: Fleet;
  readonly store: MemoryStore;
  readonly cache: MemoryCache;
  readonly keys: readonly string[];
}

const UPKEEP_READS = 3;
/** Records with a shorter life might expire while they are written again. */
const COVERED_LIFE_MS_MIN = 60_000;

/** To call when the event queue is empty: a caller that still waits would wait for ever. */
export function checkNobodyWaits({ fleet, ledger }: FinalState, lanesAreFinished: boolean): void {
  if (!lanesAreFinished) ledger.problem("nothing is left to happen, and a lane has not finished its tasks");
  for (const { role, process, pending, writer, reader } of fleet.members) {
    if (pending > 0) ledger.problem(`${pending} calls of process ${process.number} (${role}) wait for ever`);
    if (writer === null && reader === null) ledger.problem(`process ${process.number} (${role}) never got ready`);
  }
}

/** The store holds the highest version that was acknowledged, or a higher one that was sent and then given up. */
export async function checkStore({ ledger, store, keys }: FinalState): Promise<ReadonlyMap<string, StoredCopy>> {
  const acknowledged = new Map<string, Version>();
  for (const { record, isAcknowledged } of ledger.sent.values()) {
    if (!isAcknowledged) continue;
    const known = acknowledged.get(record.key);
    if (known === undefined || known < record.version) acknowledged.set(record.key, record.version);
  }
  const copies = new Map<string, StoredCopy>();
  const replies = await store.read(keys);
  keys.forEach((key, index) => {
    const reply = replies[index];
    if (reply?.kind !== "found") return;
    copies.set(key, reply.copy);
    checkStored(ledger, { key, stored: reply.copy.version, expected: acknowledged.get(key) });
  });
  for (const { record, isAcknowledged, isExpired, isErased } of ledger.sent.values()) {
    if (!isAcknowledged && !isExpired && !isErased)
      ledger.problem(`${record.version} of ${record.key} has no final receipt`);
  }
  return copies;
}

function checkStored(
  ledger: Ledger,
  { key, stored, expected }: { key: string; stored: Version; expected: Version | undefined },
): void {
  if (expected === undefined || stored === expected) return;
  if (stored < expected) {
    ledger.problem(`the store holds ${stored} of ${key}, and ${expected} was acknowledged`);
  } else if (isUnexplained(ledger.sent.get(stored), ledger.isTombstone(stored))) {
    ledger.problem(`the store holds ${stored} of ${key}, which was neither acknowledged nor given up`);
  }
}

function isUnexplained(sent: SentVersion | undefined, isTombstone: boolean): boolean {
  return !isTombstone && sent?.isExpired !== true && sent?.isErased !== true;
}

/** After the last sweeps neither store nor cache holds a payload of a person that was erased. */
export function checkErased(
  state: FinalState,
  copies: ReadonlyMap<string, StoredCopy>,
  erasures: ErasureMonitor,
): void {
  const { ledger, keys } = state;
  for (const key of keys) {
    const entry = currentEntry(state, key);
    const held = [copies.get(key), entry.state === "clean" ? entry.copy : undefined];
    for (const copy of held) {
      if (copy === undefined || copy.body === null || copy.body.payload === null) continue;
      if (!erasures.isCoveredInTheEnd(personCopies.subjectOf(copy.body), copy.version)) continue;
      ledger.problem(`after the sweeps ${key} still holds ${copy.version}, which is erased`);
    }
  }
}

/** The cache holds nothing, a fence, a lease, or the store's record. */
export function checkCache(state: FinalState, copies: ReadonlyMap<string, StoredCopy>): void {
  const { ledger, keys } = state;
  for (const key of keys) {
    const entry = currentEntry(state, key);
    if (entry.state !== "clean") continue;
    const stored = copies.get(key)?.version;
    if (entry.copy.version !== stored) {
      ledger.problem(`the cache holds ${entry.copy.version} of ${key}, the store ${stored ?? "nothing"}`);
    }
  }
}

/**
 * Each key is cached after a read, except where the record has expired, or where a fence stands for a write that was
 * given up because its time to live was over (the protocol's third residual).
 */
export async function checkUpkeep(
  state: FinalState,
  options: { member: Member; reads: ReadTraffic; copies: ReadonlyMap<string, StoredCopy> },
): Promise<void> {
  const { ledger, keys } = state;
  const { member, reads, copies } = options;
  let uncached = keys;
  // A copy that was there before may end between two reads; a copy of the second read may not.
  for (let round = 0; round < UPKEEP_READS && uncached.length > 0; round += 1) {
    const asked = uncached;
    const sources = await reads.read(member, asked);
    uncached = asked.filter((_, index) => sources[index] !== "cache");
  }
  const expiredMs = realMs(state.queue) + CONFIRMED_WITHIN_MS;
  for (const key of uncached) {
    const body = copies.get(key)?.body;
    if (body !== null && body !== undefined && endMsOf(body) <= expiredMs) continue;
    const entry = currentEntry(state, key);
    if (entry.state === "fence" && isGivenUp(ledger.sent.get(entry.pending))) continue;
    ledger.problem(`a read does not leave ${key} cached: its entry is ${entry.state}`);
  }
}

function isGivenUp(sent: SentVersion | undefined): boolean {
  return sent?.isExpired === true || sent?.isErased === true;
}

/** The cached copy covers the same record when it comes again: a duplicate, without a store call. */
export async function checkCovered(
  state: FinalState,
  options: { member: Member; copies: ReadonlyMap<string, StoredCopy>; puts: () => number },
): Promise<void> {
  const { ledger, keys } = state;
  const { member, copies, puts } = options;
  if (member.writer === null) return;
  const nowMs = realMs(state.queue);
  const records = keys.flatMap((key) => {
    const version = copies.get(key)?.version;
    const record = version === undefined ? undefined : ledger.sent.get(version)?.record;
    if (record === undefined || endMsOf(record) < nowMs + COVERED_LIFE_MS_MIN) return [];
    return currentEntry(state, key).state === "clean" ? [record] : [];
  });
  const before = puts();
  const receipts = await member.writer.write(records, { lane: "on-demand" });
  if (puts() > before) ledger.problem("a redelivered record calls the store although the cache holds its version");
  const other = receipts.find(({ status }) => status !== "duplicate");
  if (other !== undefined) ledger.problem(`a redelivered record that the cache holds is ${other.status}`);
}

/** The entry as a process of the epoch in force sees it: entries of an older epoch count as absent. */
function currentEntry({ cache, fleet }: FinalState, key: string): Entry<StoredBody> {
  const epochs = fleet.members.map(({ keeper }) => keeper?.known?.cacheEpoch.epoch ?? 0);
  return createCacheTransitions<StoredBody>().view(cache.entry(key), Math.max(...epochs));
}
