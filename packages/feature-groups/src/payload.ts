/**
 * Payloads: features as packed, self-describing bytes, and the content hash
 * over them.
 *
 *     layout (1 byte, 1) | flags (1 byte; bit 0: a subject, bit 1: a ttl) |
 *     digest of the subject (16 bytes, where there is one) |
 *     the record's own ttl in milliseconds (8 bytes, where it has one) |
 *     [schemaVersion, features] in MessagePack
 *
 * The hash covers the digest, so that a record whose subject alone was
 * corrected is another record. Store and cache hold it, so that a copy tells
 * whose it is, and readers can refuse the copies of a person who was erased
 * (`subject-digest.ts` says how it is made).
 *
 * The bytes are canonical, so equal features have equal hashes, in whatever
 * order their fields came. Integers that a double holds exactly come back as
 * numbers, larger int64 as bigint, dates as Date, bytes as Uint8Array.
 *
 * Replays compute the same hash as long as the encoder writes the same bytes. A
 * change of the bytes is a change of the format, and a test with known bytes
 * guards against it.
 */
import { hash } from "node:crypto";
import type { SubjectDigest } from "@trilane/write-through";
import { Packr, RESET_BUFFER_MODE } from "msgpackr";
import { canonicalFeatures } from "./canonical-features.ts";
import { FeatureGroupError } from "./errors.ts";

const HASH_DIGITS = 16;

/**
 * The content hash of every tombstone: the highest there is. So a delete beats a put of the same event time, sequence,
 * lane and place, such as two requests of one millisecond; a hash over its bytes would leave the winner to chance.
 */
export const TOMBSTONE_CONTENT_HASH: string = "f".repeat(HASH_DIGITS);

/**
 * The packer writes into one slab again and again, and payloads are copied out of it. A larger record makes the packer
 * take a larger slab, which would stay.
 */
const SLAB_BYTES = 65_536;

/** Plain MessagePack maps, without msgpackr's own record extension: any decoder reads them. */
const packr = new Packr({ useRecords: false, variableMapSize: true, copyBuffers: true });
packr.useBuffer(Buffer.allocUnsafeSlow(SLAB_BYTES));

const LAYOUT = 1;
const HAS_SUBJECT = 1;
const HAS_TTL = 2;
const HEADER_BYTES = 2;
const SUBJECT_DIGEST_BYTES = 16;
const TTL_BYTES = 8;

/** The facts of a record that stand before its features, so that they can be read without decoding these. */
export interface PayloadHeader {
  /** Null for a record without a subject. */
  readonly subjectDigest: SubjectDigest | null;
  /** Milliseconds that this record lives after its event time; null: as long as its group says. */
  readonly ttlMs: number | null;
}

export interface DecodedPayload extends PayloadHeader {
  readonly schemaVersion: number;
  readonly features: Readonly<Record<string, unknown>>;
}

const PLAIN_HEADER: PayloadHeader = { subjectDigest: null, ttlMs: null };

/** @throws FeatureGroupError INVALID_FEATURES for features without a faithful encoding */
export function encodePayload(
  schemaVersion: number,
  features: object,
  { subjectDigest, ttlMs }: PayloadHeader = PLAIN_HEADER,
): Uint8Array {
  const packed = pack(schemaVersion, canonicalFeatures(features));
  if (subjectDigest === null && ttlMs === null) return withPlainHeader(packed);
  const flags = (subjectDigest === null ? 0 : HAS_SUBJECT) | (ttlMs === null ? 0 : HAS_TTL);
  const parts: Uint8Array[] = [Buffer.of(LAYOUT, flags)];
  if (subjectDigest !== null) parts.push(Buffer.from(subjectDigest, "hex"));
  if (ttlMs !== null) parts.push(ttlBytes(ttlMs));
  return Buffer.concat([...parts, packed]);
}

/** The payload of features that {@link canonicalFeatures} gave, of a record without subject and ttl. */
export function encodeCanonical(schemaVersion: number, canonical: object): Uint8Array {
  return withPlainHeader(pack(schemaVersion, canonical));
}

/** The bytes are valid up to the next call. */
function pack(schemaVersion: number, canonical: object): Uint8Array {
  const packed = packr.pack([schemaVersion, canonical], RESET_BUFFER_MODE);
  if (packed.buffer.byteLength > SLAB_BYTES) packr.useBuffer(Buffer.allocUnsafeSlow(SLAB_BYTES));
  return packed;
}

const HEAD_BYTES_MAX = 32;
/** The largest number, and the head of a text, a list or an object. */
const SCALAR_BYTES_MAX = 15;
const UTF8_BYTES_PER_UNIT_MAX = 3;

/** An upper bound of the payload's bytes, for canonical features; the payload itself is not made. */
export function payloadBytesMax(canonical: object): number {
  return HEAD_BYTES_MAX + bytesMaxOf(canonical);
}

/** The same of a text alone, without its head. */
export function textBytesMax(text: string): number {
  return UTF8_BYTES_PER_UNIT_MAX * text.length;
}

function bytesMaxOf(value: unknown): number {
  if (typeof value === "string") return SCALAR_BYTES_MAX + textBytesMax(value);
  if (typeof value !== "object" || value === null || value instanceof Date) return SCALAR_BYTES_MAX;
  if (value instanceof Uint8Array) return SCALAR_BYTES_MAX + value.length;
  let bytes = SCALAR_BYTES_MAX;
  if (Array.isArray(value)) for (const item of value) bytes += bytesMaxOf(item);
  else for (const name of Object.keys(value)) bytes += bytesMaxOf(name) + bytesMaxOf((value as Fields)[name]);
  return bytes;
}

type Fields = Readonly<Record<string, unknown>>;

function withPlainHeader(packed: Uint8Array): Uint8Array {
  const payload = Buffer.allocUnsafe(HEADER_BYTES + packed.length);
  payload[0] = LAYOUT;
  payload[1] = 0;
  payload.set(packed, HEADER_BYTES);
  return payload;
}

function ttlBytes(ttlMs: number): Uint8Array {
  const bytes = Buffer.alloc(TTL_BYTES);
  bytes.writeBigUInt64BE(BigInt(ttlMs));
  return bytes;
}

/** @throws FeatureGroupError CORRUPT_RECORD for bytes that {@link encodePayload} did not write. */
export function decodePayload(payload: Uint8Array): DecodedPayload {
  const { header, packed } = openEnvelope(payload);
  const decoded = unpack(packed);
  if (Array.isArray(decoded) && decoded.length === 2) {
    const [schemaVersion, features]: readonly unknown[] = decoded;
    if (typeof schemaVersion === "number" && isFields(features)) return { schemaVersion, features, ...header };
  }
  throw new FeatureGroupError("CORRUPT_RECORD", "the payload is not a schema version with features");
}

/** The facts before the features, without decoding these. @throws FeatureGroupError CORRUPT_RECORD */
export function payloadHeaderOf(payload: Uint8Array): PayloadHeader {
  return openEnvelope(payload).header;
}

/** The first 16 hex digits of the payload's SHA-256. */
export function contentHash(payload: Uint8Array): string {
  return hash("sha256", payload, "hex").slice(0, HASH_DIGITS);
}

function openEnvelope(payload: Uint8Array): { readonly header: PayloadHeader; readonly packed: Uint8Array } {
  const [layout, flags] = payload;
  if (layout !== LAYOUT || flags === undefined || (flags & ~(HAS_SUBJECT | HAS_TTL)) !== 0) {
    const problem = `the payload begins with ${layout ?? "nothing"} and ${flags ?? "nothing"}, expected layout ${LAYOUT}`;
    throw new FeatureGroupError("CORRUPT_RECORD", `${problem}: did another version of the program write it?`);
  }
  if (flags === 0) return { header: PLAIN_HEADER, packed: payload.subarray(HEADER_BYTES) };
  const ttlAt = HEADER_BYTES + ((flags & HAS_SUBJECT) === 0 ? 0 : SUBJECT_DIGEST_BYTES);
  const packedAt = ttlAt + ((flags & HAS_TTL) === 0 ? 0 : TTL_BYTES);
  if (payload.length < packedAt) throw new FeatureGroupError("CORRUPT_RECORD", "the payload's header is cut off");
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, packedAt);
  const subjectDigest = ttlAt === HEADER_BYTES ? null : bytes.toString("hex", HEADER_BYTES, ttlAt);
  const ttlMs = packedAt === ttlAt ? null : Number(bytes.readBigUInt64BE(ttlAt));
  return { header: { subjectDigest, ttlMs }, packed: payload.subarray(packedAt) };
}

function unpack(payload: Uint8Array): unknown {
  try {
    return packr.unpack(payload);
  } catch (cause) {
    throw new FeatureGroupError("CORRUPT_RECORD", "the payload does not decode", { cause });
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
