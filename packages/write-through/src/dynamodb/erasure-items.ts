/**
 * The items of the list of erasures.
 *
 * | key                        | attributes                                                                        |
 * |----------------------------|-----------------------------------------------------------------------------------|
 * | `#regime#default`          | `erased`, `enforced`: the list's numbers; `blockset`, `blockcount`, `blockupto`;  |
 * |                            | `subjectkey`: the fingerprint of the key of digests; while it changes also        |
 * |                            | `subjectbefore`, `subjectupto`, `subjectat`                                       |
 * | `#erasure#` and 12 digits  | one erasure: `e` subject, `k` kind, `u` until (us), `at`, `by`, `id`; while it is |
 * |                            | open also `s`, by which the index finds it, and the state of its sweeps           |
 * | `#erasures#` set `#` n     | `b`: one block, packed entries; `s`, by which the index finds all blocks          |
 */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { CoreError } from "../errors.ts";
import type {
  BlockEntry,
  ErasureEntry,
  ErasureState,
  FormerSubjectKey,
  SweepPhase,
  SweepState,
} from "../ports/erasures.ts";
import type { Erasure } from "../protocol/erasure.ts";
import type { Item } from "./item.ts";

const NUMBER_DIGITS = 12;
const DIGEST_BYTES = 16;
const NUMBER_BYTES = 8;
/** subject | until | number, the two numbers as big-endian 64-bit integers. */
export const BLOCK_ENTRY_BYTES: number = DIGEST_BYTES + 2 * NUMBER_BYTES;

/** The subject index finds open erasures under this value, which no digest equals. */
export const OPEN_ERASURES = "#open";

const PHASES: Readonly<Record<string, SweepPhase>> = {
  sweeping: "sweeping",
  confirming: "confirming",
  resting: "resting",
  done: "done",
};

export function erasureKey(number: number): string {
  return `#erasure#${String(number).padStart(NUMBER_DIGITS, "0")}`;
}

export function blockKey(set: string, index: number): string {
  return `#erasures#${set}#${index}`;
}

export function erasureStateOf(item: Item): ErasureState {
  const set = item["blockset"]?.S;
  return {
    last: Number(item["erased"]?.N ?? 0),
    inForce: Number(item["enforced"]?.N ?? 0),
    blocks:
      set === undefined
        ? null
        : { set, count: Number(item["blockcount"]?.N ?? 0), upTo: Number(item["blockupto"]?.N ?? 0) },
    subjectKey: item["subjectkey"]?.S ?? null,
    formerSubjectKey: formerSubjectKeyOf(item),
  };
}

function formerSubjectKeyOf(item: Item): FormerSubjectKey | null {
  const fingerprint = item["subjectbefore"]?.S;
  if (fingerprint === undefined) return null;
  const { subjectupto: upTo, subjectat: changedAt } = item;
  return { fingerprint, upTo: Number(upTo?.N ?? 0), changedAtMs: Number(changedAt?.N ?? 0) };
}

export function entryItem(entry: ErasureEntry): Item {
  const { number, subject, kind, untilUs, id, by, atMs, sweep } = entry;
  return {
    pk: { S: erasureKey(number) },
    e: { S: subject },
    k: { S: kind },
    u: { N: String(untilUs) },
    id: { S: id },
    by: { S: by },
    at: { N: String(atMs) },
    ...sweepAttributes(sweep, ""),
    ...(sweep.phase === "done" ? {} : { s: { S: OPEN_ERASURES } }),
  };
}

/** The attributes of a sweep's state, or with the prefix ":" the values of an expression. */
export function sweepAttributes({ phase, sweeps, removed, sinceMs, dueMs }: SweepState, prefix: string): Item {
  const named = (name: string): string =>
    prefix.length > 1 ? `${prefix}${name.charAt(0).toUpperCase()}${name.slice(1)}` : `${prefix}${name}`;
  return {
    [named("phase")]: { S: phase },
    [named("sweeps")]: { N: String(sweeps) },
    [named("removed")]: { N: String(removed) },
    [named("since")]: { N: String(sinceMs) },
    [named("due")]: { N: String(dueMs) },
  };
}

/** @throws CoreError STORE_CORRUPT */
export function erasureOf(item: Item): Erasure {
  const subject = item["e"]?.S;
  const kind = item["k"]?.S;
  const number = Number(item["pk"]?.S?.slice(-NUMBER_DIGITS));
  const untilUs = Number(item["u"]?.N);
  const isKind = kind === "erase" || kind === "lift";
  if (subject === undefined || !isKind || !Number.isSafeInteger(number) || !Number.isSafeInteger(untilUs)) {
    throw notOurs(item, "an erasure");
  }
  return { number, subject, kind, untilUs };
}

/** @throws CoreError STORE_CORRUPT */
export function entryOf(item: Item): ErasureEntry {
  const phase = PHASES[item["phase"]?.S ?? ""];
  if (phase === undefined) throw notOurs(item, "an erasure");
  const numberOf = (name: string): number => Number(item[name]?.N ?? 0);
  return {
    ...erasureOf(item),
    id: item["id"]?.S ?? "",
    by: item["by"]?.S ?? "",
    atMs: numberOf("at"),
    sweep: {
      phase,
      sweeps: numberOf("sweeps"),
      removed: numberOf("removed"),
      sinceMs: numberOf("since"),
      dueMs: numberOf("due"),
    },
  };
}

function notOurs(item: Item, wanted: string): CoreError {
  const key = item["pk"]?.S ?? "?";
  return new CoreError("STORE_CORRUPT", `the item "${key}" is not ${wanted}: did another program write it?`);
}

export function packBlock(entries: readonly BlockEntry[]): AttributeValue {
  const bytes = Buffer.alloc(entries.length * BLOCK_ENTRY_BYTES);
  entries.forEach(({ subject, untilUs, number }, index) => {
    const at = index * BLOCK_ENTRY_BYTES;
    bytes.write(subject, at, "hex");
    bytes.writeBigUInt64BE(BigInt(untilUs), at + DIGEST_BYTES);
    bytes.writeBigUInt64BE(BigInt(number), at + DIGEST_BYTES + NUMBER_BYTES);
  });
  return { B: bytes };
}

/** @throws CoreError STORE_CORRUPT */
export function unpackBlock(item: Item): readonly BlockEntry[] {
  const packed = item["b"]?.B;
  if (packed === undefined || packed.length % BLOCK_ENTRY_BYTES !== 0) {
    throw notOurs(item, "a block of erasures");
  }
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  return Array.from({ length: bytes.length / BLOCK_ENTRY_BYTES }, (_, index) => {
    const at = index * BLOCK_ENTRY_BYTES;
    return {
      subject: bytes.toString("hex", at, at + DIGEST_BYTES),
      untilUs: readNumber(bytes, at + DIGEST_BYTES),
      number: readNumber(bytes, at + DIGEST_BYTES + NUMBER_BYTES),
    };
  });
}

/** A million of them are read when a process starts, so no BigInt is made. Both numbers are exact as doubles. */
function readNumber(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
}
