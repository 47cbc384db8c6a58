/** Reading copies, whose format the core does not know. */
import type { SubjectDigest } from "../protocol/erasure.ts";
import type { StoredBody, StoredCopy } from "./store.ts";

/** Facts of a copy that only the format of its payload tells, which the core does not know. */
export interface CopyReading {
  /** Null where the copy names no subject. */
  subjectOf(body: StoredBody): SubjectDigest | null;
  /** Milliseconds since 1970: from then on readers do not see the copy. */
  expiresAtMs(key: string, copy: StoredCopy): number;
}
