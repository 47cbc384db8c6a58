/**
 * Reads from copies what the core asks and only this package knows: whose
 * record it is, and when readers stop seeing it. The expiry counts from the
 * event time, by the group's present ttl or the record's own shorter one, so a
 * changed ttl applies at once to what was written before it.
 */
import { type CopyReading, eventTimeUsOf, type StoredBody } from "@trilane/write-through";
import type { FeatureConfig } from "./define-config.ts";
import { groupNameOf } from "./entity-key.ts";
import { FeatureGroupError } from "./errors.ts";
import { payloadHeaderOf, type PayloadHeader } from "./payload.ts";

const US_PER_MS = 1_000;
const NO_HEADER: PayloadHeader = { subjectDigest: null, ttlMs: null };

export function createGroupCopies(config: FeatureConfig): CopyReading {
  return {
    subjectOf: (body) => headerOf(body).subjectDigest,
    expiresAtMs(key, { version, body }) {
      if (body === null) return 0;
      const group = config.groups[groupNameOf(key)];
      // A group that is not configured any more has no ttl but the one with which its records were written.
      if (group === undefined || body.payload === null) return body.expiresAtMs;
      return (
        Math.floor(eventTimeUsOf(version) / US_PER_MS) + Math.min(group.ttlMs, headerOf(body).ttlMs ?? group.ttlMs)
      );
    },
  };
}

/** A payload that is not ours has no header; the reader of its features reports it. */
function headerOf({ payload }: StoredBody): PayloadHeader {
  if (payload === null) return NO_HEADER;
  try {
    return payloadHeaderOf(payload);
  } catch (error) {
    if (error instanceof FeatureGroupError) return NO_HEADER;
    throw error;
  }
}
