/**
 * Digests of subjects. Nothing that Trilane stores holds the name of a person
 * as the subject: items, copies and the list of erasures hold a digest of it,
 * made with a key. Without the key, nobody who sees a table can tell whose
 * record it is by trying names.
 *
 * All processes of a table must have the same key, so its fingerprint stands in
 * the table. Without a key the digest is the start of a plain SHA-256, which
 * hides nothing from anyone who can guess the subject.
 *
 * A group may store its entities' keys as digests as well, with the same key
 * of the deployment (`entity-key.ts`).
 */
import { createHmac, hash } from "node:crypto";
import type { SubjectDigest } from "@trilane/write-through";

const DIGEST_DIGITS = 32;
const FINGERPRINT_DIGITS = 16;
/** No subject has this text, because a subject is never longer than 1,024 bytes. */
const FINGERPRINT_OF = "the key of subjects ".repeat(64);
/** Longer than any subject too, so the digest of an entity's key never equals that of a subject. */
const ENTITY_KEY_TAG = "the key of an entity ".repeat(64);
const NO_KEY = "none";

export interface SubjectDigests {
  /** Tells two keys apart, and nothing of the key. */
  readonly fingerprint: string;
  digestOf(subject: string): SubjectDigest;
  /** The digest of an entity's key, for groups whose keys are stored as digests. */
  entityDigestOf(key: string): string;
}

/** @param key the secret of the deployment; null for digests without a key */
export function createSubjectDigests(key: string | null): SubjectDigests {
  if (key === null) return plainSubjectDigests;
  const digestOf = (text: string): string => createHmac("sha256", key).update(text).digest("hex");
  return {
    fingerprint: digestOf(FINGERPRINT_OF).slice(0, FINGERPRINT_DIGITS),
    digestOf: (subject) => digestOf(subject).slice(0, DIGEST_DIGITS),
    entityDigestOf: (entity) => digestOf(ENTITY_KEY_TAG + entity).slice(0, DIGEST_DIGITS),
  };
}

export const plainSubjectDigests: SubjectDigests = {
  fingerprint: NO_KEY,
  digestOf: (subject) => hash("sha256", subject, "hex").slice(0, DIGEST_DIGITS),
  entityDigestOf: (entity) => hash("sha256", ENTITY_KEY_TAG + entity, "hex").slice(0, DIGEST_DIGITS),
};
