/**
 * Checks whether a copy's payload is the one that its version names. The cache
 * asks this for every copy that it returns, and the reader for every record
 * that the store returns, so that each payload is hashed once.
 */
import { NO_VERSION, type StoredCopy, type Version } from "@trilane/write-through";
import { contentHash, TOMBSTONE_CONTENT_HASH } from "./payload.ts";

export function isIntactCopy({ version, body }: StoredCopy): boolean {
  if (body === null) return version === NO_VERSION;
  return isPayloadOf(version, body.payload);
}

/** A null payload is a tombstone's. */
export function isPayloadOf(version: Version, payload: Uint8Array | null): boolean {
  return version.endsWith(payload === null ? TOMBSTONE_CONTENT_HASH : contentHash(payload));
}
