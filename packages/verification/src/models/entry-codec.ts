/**
 * Cache entries as 12 bits: state, flags, id or token, version. Decoded entries
 * are immutable and shared, so that decoding a state allocates nothing.
 */
import { ABSENT, type Entry } from "@trilane/write-through/protocol";
import { copyOf, FOREIGN, idOfText, ordinalOf, ordinalOfCopy, textOfId, versionOf, type ModelBody } from "./values.ts";

const CLEAN = 1;
const FENCE = 2;
const LEASE = 3;
const STATE_MASK = 3;
const REPLACED_CLEAN = 4;
const NEXT_EPOCH = 8;
/** With the state bits of absent. */
const FOREIGN_CODE = 4;

const decoded: (Entry<ModelBody> | undefined)[] = [];

export function encodeEntry(entry: Entry<ModelBody>): number {
  if (entry.state === "absent") return 0;
  if (entry.state === "foreign") return FOREIGN_CODE;
  const epoch = entry.epoch === 0 ? 0 : NEXT_EPOCH;
  switch (entry.state) {
    case "clean":
      return CLEAN | epoch | (ordinalOfCopy(entry.copy) << 8);
    case "fence": {
      const flags = entry.replacedClean ? REPLACED_CLEAN : 0;
      return FENCE | epoch | flags | (idOfText(entry.id) << 4) | (ordinalOf(entry.pending) << 8);
    }
    case "lease":
      return LEASE | epoch | (idOfText(entry.token) << 4) | (ordinalOf(entry.floor) << 8);
  }
}

export function decodeEntry(code: number): Entry<ModelBody> {
  const known = decoded[code];
  if (known !== undefined) return known;
  const entry = build(code);
  decoded[code] = entry;
  return entry;
}

/** The id of the fence or the token of the lease that is there; 0 for neither. */
export function instanceOf(entry: Entry<ModelBody>): number {
  if (entry.state === "fence") return idOfText(entry.id);
  return entry.state === "lease" ? idOfText(entry.token) : 0;
}

function build(code: number): Entry<ModelBody> {
  const epoch = (code & NEXT_EPOCH) === 0 ? 0 : 1;
  const id = textOfId((code >> 4) & 15);
  const ordinal = (code >> 8) & 15;
  switch (code & STATE_MASK) {
    case CLEAN:
      return { state: "clean", epoch, copy: copyOf(ordinal) };
    case FENCE: {
      const replacedClean = (code & REPLACED_CLEAN) !== 0;
      return { state: "fence", epoch, id, pending: versionOf(ordinal), replacedClean };
    }
    case LEASE:
      return { state: "lease", epoch, token: id, floor: versionOf(ordinal) };
    default:
      return code === FOREIGN_CODE ? FOREIGN : ABSENT;
  }
}
