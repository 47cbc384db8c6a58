/**
 * Encodes entries as the strings that the cache holds. `lua/common.lua`
 * describes the layout.
 */
import { CoreError } from "../errors.ts";
import type { CacheEntry } from "../ports/cache.ts";
import type { StoredBody, StoredCopy } from "../ports/store.ts";
import { ABSENT } from "../protocol/entry.ts";
import { isVersion, type Version, VERSION_WIDTH } from "../protocol/version.ts";

const EPOCH_WIDTH = 10;
const EXPIRY_WIDTH = 16;
const VERSION_AT = 1 + EPOCH_WIDTH;
const HEADER_WIDTH = VERSION_AT + VERSION_WIDTH;
const BODY_KIND_AT = HEADER_WIDTH + EXPIRY_WIDTH;
/**
 * The width of a fence's id and of a lease's token, as `createNextId` makes them. The scripts would cut a longer one.
 */
const ID_WIDTH_MAX = 16;
/**
 * The bytes that the scripts read of an entry: GETRANGE in `lua/common.lua`. A test compares the two.
 * @internal
 */
export const SCRIPT_WINDOW_BYTES = 128;
/**
 * The part of an entry that a script uses. The widest is a fence's, with its flag and its id. A test compares it with
 * the bytes that the scripts read.
 * @internal
 */
export const ENTRY_HEAD_WIDTH_MAX: number = HEADER_WIDTH + 1 + ID_WIDTH_MAX;
/** The position of the lane rank within a version. The rank is 0 for the lowest version, and 1 to 3 for a record's. */
const RANK_AT = 35;
const DIGIT_ZERO = "0".charCodeAt(0);
const RANK_CODE_MIN = "0".charCodeAt(0);
const RANK_CODE_MAX = "3".charCodeAt(0);
const NO_EXPIRY = "0".repeat(EXPIRY_WIDTH);
const EMPTY = Buffer.alloc(0);

export function encodeEpoch(epoch: number): string {
  return String(epoch).padStart(EPOCH_WIDTH, "0");
}

/** The part of a clean entry that follows the version. */
export function encodeTail({ body }: StoredCopy): Buffer {
  if (body === null) return Buffer.from(`${NO_EXPIRY}N`, "latin1");
  const head = String(body.expiresAtMs).padStart(EXPIRY_WIDTH, "0") + (body.payload === null ? "T" : "P");
  const payload = body.payload ?? EMPTY;
  const tail = Buffer.allocUnsafe(head.length + payload.length);
  tail.write(head, 0, "latin1");
  tail.set(payload, head.length);
  return tail;
}

/**
 * Decodes an entry of any epoch; the caller decides whether the epoch is its own.
 * @throws CoreError CACHE_CORRUPT for a value that is not an entry.
 */
export function decodeEntry(bytes: Buffer | null): CacheEntry {
  if (bytes === null) return ABSENT;
  // An entry is decoded for every key of every read, so nothing is made of it that the answer does not hold.
  const epoch = digitsAt(bytes, 1, VERSION_AT);
  const version = bytes.toString("latin1", VERSION_AT, HEADER_WIDTH);
  if (epoch === null || !hasShape(version)) throw notAnEntry(bytes);
  switch (charAt(bytes, 0)) {
    case "C":
      return { state: "clean", epoch, copy: { version, body: decodeBody(bytes) } };
    case "F": {
      const replacedClean = charAt(bytes, HEADER_WIDTH) === "1";
      if (!replacedClean && charAt(bytes, HEADER_WIDTH) !== "0") throw notAnEntry(bytes);
      if (bytes.length === HEADER_WIDTH + 1 || !isVersion(version)) throw notAnEntry(bytes);
      return { state: "fence", epoch, id: bytes.toString("latin1", HEADER_WIDTH + 1), pending: version, replacedClean };
    }
    case "L":
      if (bytes.length === HEADER_WIDTH || !isVersion(version)) throw notAnEntry(bytes);
      return { state: "lease", epoch, token: bytes.toString("latin1", HEADER_WIDTH), floor: version };
    default:
      throw notAnEntry(bytes);
  }
}

/** Decodes the answer of `lua/fence.lua` for one key. */
export function decodeFenceReply(
  reply: string,
):
  | { readonly kind: "covered"; readonly version: Version }
  | { readonly kind: "fenced"; readonly id: string; readonly replacedClean: boolean } {
  const rest = reply.slice(1);
  if (reply.startsWith("C") && isVersion(rest)) return { kind: "covered", version: rest };
  if (reply.startsWith("F")) return { kind: "fenced", id: rest.slice(1), replacedClean: rest.startsWith("1") };
  throw notAnEntry(Buffer.from(reply, "latin1"));
}

/** The check is as strict as its frequent use allows: the right width, and a lane rank where one must be. */
function hasShape(text: string): text is Version {
  const rank = text.charCodeAt(RANK_AT);
  return text.length === VERSION_WIDTH && rank >= RANK_CODE_MIN && rank <= RANK_CODE_MAX;
}

function decodeBody(bytes: Buffer): StoredBody | null {
  const expiresAtMs = digitsAt(bytes, HEADER_WIDTH, BODY_KIND_AT);
  if (expiresAtMs === null || !Number.isSafeInteger(expiresAtMs)) throw notAnEntry(bytes);
  switch (charAt(bytes, BODY_KIND_AT)) {
    case "P":
      return { payload: bytes.subarray(BODY_KIND_AT + 1), expiresAtMs };
    case "T":
      return { payload: null, expiresAtMs };
    case "N":
      return null;
    default:
      throw notAnEntry(bytes);
  }
}

/** The number that stands there in digits; null where anything else does. */
function digitsAt(bytes: Buffer, start: number, end: number): number | null {
  let value = 0;
  for (let at = start; at < end; at += 1) {
    const digit = (bytes[at] ?? 0) - DIGIT_ZERO;
    if (digit < 0 || digit > 9) return null;
    value = value * 10 + digit;
  }
  return value;
}

/** Empty behind the end. */
function charAt(bytes: Buffer, position: number): string {
  const code = bytes[position];
  return code === undefined ? "" : String.fromCharCode(code);
}

function notAnEntry(bytes: Buffer): CoreError {
  const start = JSON.stringify(bytes.toString("latin1", 0, 24));
  return new CoreError(
    "CACHE_CORRUPT",
    `the cache holds something that is not an entry (it begins with ${start}): does another program write there?`,
    { fields: { bytes: bytes.length } },
  );
}
