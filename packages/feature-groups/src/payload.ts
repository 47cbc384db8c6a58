/**
 * Payloads: features as packed, self-describing bytes, and the content hash
 * over them.
 *
 *     layout (1 byte, 1) | flags (1 byte, bit 0: has a subject) |
 *     digest of the subject (16 bytes, where there is one) |
 *     [schemaVersion, features] in MessagePack
 *
 * The digest is the start of the subject's SHA-256, without a key. The hash
 * covers it, so that a record whose subject alone was corrected is another
 * record. The cache holds it, so that a copy tells whose it is. It hides
 * nothing from anyone who can guess the subject.
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
const HEADER_BYTES = 2;
const SUBJECT_DIGEST_BYTES = 16;
const SUBJECT_DIGEST_DIGITS = 2 * SUBJECT_DIGEST_BYTES;

export interface DecodedPayload {
  readonly schemaVersion: number;
  /** The result of {@link digestOfSubject}; null for a record without a subject. */
  readonly subjectDigest: string | null;
  readonly features: Readonly<Record<string, unknown>>;
}

/** @throws FeatureGroupError INVALID_FEATURES for features without a faithful encoding */
export function encodePayload(schemaVersion: number, features: object, subject: string | null = null): Uint8Array {
  const packed = packr.pack([schemaVersion, canonicalFeatures(features)], RESET_BUFFER_MODE);
  if (packed.buffer.byteLength > SLAB_BYTES) packr.useBuffer(Buffer.allocUnsafeSlow(SLAB_BYTES));
  if (subject === null) return Buffer.concat([Buffer.of(LAYOUT, 0), packed]);
  return Buffer.concat([Buffer.of(LAYOUT, HAS_SUBJECT), Buffer.from(digestOfSubject(subject), "hex"), packed]);
}

/** @throws FeatureGroupError CORRUPT_RECORD for bytes that {@link encodePayload} did not write. */
export function decodePayload(payload: Uint8Array): DecodedPayload {
  const { subjectDigest, packed } = openEnvelope(payload);
  const decoded = unpack(packed);
  if (Array.isArray(decoded) && decoded.length === 2) {
    const [schemaVersion, features]: readonly unknown[] = decoded;
    if (typeof schemaVersion === "number" && isFields(features)) return { schemaVersion, subjectDigest, features };
  }
  throw new FeatureGroupError("CORRUPT_RECORD", "the payload is not a schema version with features");
}

/** The digest of the payload's subject, without decoding its features. @throws FeatureGroupError CORRUPT_RECORD */
export function subjectDigestOf(payload: Uint8Array): string | null {
  return openEnvelope(payload).subjectDigest;
}

/** 32 hex digits: the start of the subject's SHA-256. */
export function digestOfSubject(subject: string): string {
  return hash("sha256", subject, "hex").slice(0, SUBJECT_DIGEST_DIGITS);
}

/** The first 16 hex digits of the payload's SHA-256. */
export function contentHash(payload: Uint8Array): string {
  return hash("sha256", payload, "hex").slice(0, HASH_DIGITS);
}

function openEnvelope(payload: Uint8Array): { readonly subjectDigest: string | null; readonly packed: Uint8Array } {
  const [layout, flags] = payload;
  if (layout !== LAYOUT || flags === undefined || (flags & ~HAS_SUBJECT) !== 0) {
    const problem = `the payload begins with ${layout ?? "nothing"} and ${flags ?? "nothing"}, expected layout ${LAYOUT}`;
    throw new FeatureGroupError("CORRUPT_RECORD", `${problem}: did another version of the program write it?`);
  }
  if (flags !== HAS_SUBJECT) return { subjectDigest: null, packed: payload.subarray(HEADER_BYTES) };
  const packedAt = HEADER_BYTES + SUBJECT_DIGEST_BYTES;
  if (payload.length < packedAt) throw new FeatureGroupError("CORRUPT_RECORD", "the payload's subject is cut off");
  const subjectDigest = Buffer.from(payload.subarray(HEADER_BYTES, packedAt)).toString("hex");
  return { subjectDigest, packed: payload.subarray(packedAt) };
}

function unpack(payload: Uint8Array): unknown {
  try {
    return packr.unpack(payload);
  } catch (cause) {
    throw new FeatureGroupError("CORRUPT_RECORD", "the payload does not decode", { cause });
  }
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
