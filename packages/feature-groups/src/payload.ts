/**
 * Payloads: features as packed, self-describing bytes, `[schemaVersion,
 * features]` in MessagePack, and the content hash over them.
 *
 * The bytes are canonical, so equal features have equal hashes in whatever
 * order their fields came. Integers that a double holds exactly come back as
 * numbers, larger int64 as bigint, dates as Date, bytes as Uint8Array.
 *
 * Replays compute the same hash as long as the encoder writes the same bytes:
 * a change of them is a change of the format, which a test with known bytes
 * guards.
 */
import { hash } from "node:crypto";
import { Packr } from "msgpackr";
import { canonicalFeatures } from "./canonical-features.ts";
import { FeatureGroupError } from "./errors.ts";

const HASH_DIGITS = 16;

/**
 * The content hash of every tombstone: the highest there is. At the same event time, sequence and lane a
 * delete thus beats a put, where a hash over its bytes would leave it to chance which of the two stays.
 */
export const TOMBSTONE_CONTENT_HASH: string = "f".repeat(HASH_DIGITS);

/**
 * Payloads are slices of shared slabs. A record larger than a slab makes the packer grow, and it would
 * hand out slices of slabs of that size from then on, each kept in memory by its smallest slice.
 */
const SLAB_BYTES = 65_536;

/** Plain MessagePack maps, without msgpackr's own record extension: any decoder reads them. */
const packr = new Packr({ useRecords: false, variableMapSize: true, copyBuffers: true });
packr.useBuffer(Buffer.allocUnsafeSlow(SLAB_BYTES));

export interface DecodedPayload {
  readonly schemaVersion: number;
  readonly features: Readonly<Record<string, unknown>>;
}

/** @throws FeatureGroupError INVALID_FEATURES for what has no faithful encoding. */
export function encodePayload(schemaVersion: number, features: object): Uint8Array {
  const payload = packr.pack([schemaVersion, canonicalFeatures(features)]);
  if (payload.buffer.byteLength > SLAB_BYTES) packr.useBuffer(Buffer.allocUnsafeSlow(SLAB_BYTES));
  return payload;
}

/** @throws FeatureGroupError CORRUPT_RECORD for bytes that {@link encodePayload} did not write. */
export function decodePayload(payload: Uint8Array): DecodedPayload {
  const decoded = unpack(payload);
  if (Array.isArray(decoded) && decoded.length === 2) {
    const [schemaVersion, features]: readonly unknown[] = decoded;
    if (typeof schemaVersion === "number" && isFields(features)) return { schemaVersion, features };
  }
  throw new FeatureGroupError("CORRUPT_RECORD", "the payload is not a schema version with features");
}

/** The first 16 hex digits of the payload's SHA-256. */
export function contentHash(payload: Uint8Array): string {
  return hash("sha256", payload, "hex").slice(0, HASH_DIGITS);
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
