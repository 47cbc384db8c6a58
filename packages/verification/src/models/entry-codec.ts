/**
 * Cache entries in 12 bits: state, epoch, id or token, version, flag. Decoded
 * entries are immutable and shared, so decoding a state allocates nothing.
 */
import { ABSENT, type Entry } from "@trilane/write-through/protocol";
import { bit, isSet } from "../engine/packing.ts";
import { copyOf, FOREIGN, idOfText, ordinalOf, ordinalOfCopy, textOfId, versionOf, type ModelBody } from "./values.ts";

const CLEAN = 1;
const FENCE = 2;
const LEASE = 3;
const REPLACED_CLEAN_BIT = 11;
/** This code stands with the state bits of absent. */
const FOREIGN_CODE = 4;

const decoded: (Entry<ModelBody> | undefined)[] = [];

export function encodeEntry(entry: Entry<ModelBody>): number {
  switch (entry.state) {
    case "absent":
      return 0;
    case "foreign":
      return FOREIGN_CODE;
    case "clean":
      return CLEAN | (entry.epoch << 2) | (ordinalOfCopy(entry.copy) << 8);
    case "fence": {
      const flag = bit(entry.replacedClean) << REPLACED_CLEAN_BIT;
      return FENCE | (entry.epoch << 2) | (idOfText(entry.id) << 4) | (ordinalOf(entry.pending) << 8) | flag;
    }
    case "lease":
      return LEASE | (entry.epoch << 2) | (idOfText(entry.token) << 4) | (ordinalOf(entry.floor) << 8);
  }
}

export function decodeEntry(code: number): Entry<ModelBody> {
  const known = decoded[code];
  if (known !== undefined) return known;
  const entry = build(code);
  decoded[code] = entry;
  return entry;
}

function build(code: number): Entry<ModelBody> {
  const epoch = (code >> 2) & 3;
  const id = textOfId((code >> 4) & 15);
  const ordinal = (code >> 8) & 7;
  switch (code & 3) {
    case CLEAN:
      return { state: "clean", epoch, copy: copyOf(ordinal) };
    case FENCE:
      return { state: "fence", epoch, id, pending: versionOf(ordinal), replacedClean: isSet(code, REPLACED_CLEAN_BIT) };
    case LEASE:
      return { state: "lease", epoch, token: id, floor: versionOf(ordinal) };
    default:
      return code === FOREIGN_CODE ? FOREIGN : ABSENT;
  }
}

/** The id of the entry's fence or the token of its lease; 0 where it is neither. */
export function instanceOf(entry: Entry<ModelBody>): number {
  if (entry.state === "fence") return idOfText(entry.id);
  return entry.state === "lease" ? idOfText(entry.token) : 0;
}

/** The same fence or lease under another id or token. */
export function renamedEntry(entry: Entry<ModelBody>, id: number): Entry<ModelBody> {
  if (instanceOf(entry) === id) return entry;
  if (entry.state === "fence") return { ...entry, id: textOfId(id) };
  return entry.state === "lease" ? { ...entry, token: textOfId(id) } : entry;
}

/** @param epochName for example " of epoch 2", in models that name the epoch */
export function describeEntry(entry: Entry<ModelBody>, epochName: (epoch: number) => string = () => ""): string {
  switch (entry.state) {
    case "absent":
    case "foreign":
      return entry.state;
    case "clean":
      return `clean(${ordinalOf(entry.copy.version)}${epochName(entry.epoch)})`;
    case "fence":
      return `fence(#${entry.id}, up to ${ordinalOf(entry.pending)}${epochName(entry.epoch)})`;
    case "lease":
      return `lease(#${entry.token}, floor ${ordinalOf(entry.floor)}${epochName(entry.epoch)})`;
  }
}
