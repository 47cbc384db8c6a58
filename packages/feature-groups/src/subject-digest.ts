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
  /** The fingerprint of the key before; null where the key does not change. */
  readonly formerFingerprint: string | null;
  digestOf(subject: string): SubjectDigest;
  /** All digests under which the table may know the person: while the key changes, that of the former key too. */
  allDigestsOf(subject: string): readonly [SubjectDigest, ...SubjectDigest[]];
  /** The digest for a record of the person. */
  recordDigestOf(subject: string, eventTimeUs: number): SubjectDigest;
  /** The digest of an entity's key, for groups whose keys are stored as digests. */
  entityDigestOf(key: string): string;
}

/** The key before, while the key of a deployment changes. */
export interface FormerKey {
  readonly key: string;
  /** Whether an erasure covers records of the subject of this event time (in microseconds). */
  readonly isErased: (subject: SubjectDigest, eventTimeUs: number) => boolean;
}

/**
 * The digests while the key changes. Erasures from before the change know the person by the former digest alone. So a
 * record that such an erasure covers keeps the former digest, by which writers, sweeps and readers refuse it as ever.
 * All other records have the new one.
 */
export function createChangingDigests(key: string, former: FormerKey): SubjectDigests {
  const digests = createSubjectDigests(key);
  const before = createSubjectDigests(former.key);
  return {
    ...digests,
    formerFingerprint: before.fingerprint,
    allDigestsOf: (subject) => [digests.digestOf(subject), before.digestOf(subject)],
    recordDigestOf(subject, eventTimeUs) {
      const digest = before.digestOf(subject);
      return former.isErased(digest, eventTimeUs) ? digest : digests.digestOf(subject);
    },
  };
}

/** @param key the secret of the deployment; null for digests without a key */
export function createSubjectDigests(key: string | null): SubjectDigests {
  if (key === null) return plainSubjectDigests;
  const digestOf = (text: string): string => createHmac("sha256", key).update(text).digest("hex");
  return digestsBy(digestOf(FINGERPRINT_OF).slice(0, FINGERPRINT_DIGITS), digestOf);
}

export const plainSubjectDigests: SubjectDigests = digestsBy(NO_KEY, (text) => hash("sha256", text, "hex"));

function digestsBy(fingerprint: string, fullDigestOf: (text: string) => string): SubjectDigests {
  const digestOf = (text: string): string => fullDigestOf(text).slice(0, DIGEST_DIGITS);
  return {
    fingerprint,
    formerFingerprint: null,
    digestOf,
    allDigestsOf: (subject) => [digestOf(subject)],
    recordDigestOf: digestOf,
    entityDigestOf: (entity) => digestOf(ENTITY_KEY_TAG + entity),
  };
}
