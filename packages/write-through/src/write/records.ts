/**
 * Records in the form that the core takes: already validated, keyed, versioned
 * and encoded.
 */
import type { SubjectDigest } from "../protocol/erasure.ts";
import type { Populate } from "../protocol/write-plan.ts";
import type { Version } from "../protocol/version.ts";

export interface WriteRecord {
  /** `group#entity`, canonical: equal entities give equal strings. At most {@link KEY_BYTES_MAX} bytes of UTF-8. */
  readonly key: string;
  readonly version: Version;
  /** The encoded features; null for a tombstone. */
  readonly payload: Uint8Array | null;
  /** Milliseconds since 1970: the event time plus the group's time to live. Rounded up to whole seconds. */
  readonly expiresAtMs: number;
  /** The person the record belongs to, for erasure. */
  readonly subject?: SubjectDigest;
  readonly populate: Populate;
}

/** DynamoDB's limit for a partition key is 2,048 bytes. */
export const KEY_BYTES_MAX = 2_048;
/** Below DynamoDB's 400 KB per item, names, key and version included. */
export const PAYLOAD_BYTES_MAX: number = 380 * 1_024;
