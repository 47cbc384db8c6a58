/**
 * The records of one person, for the right of access. The index tells the keys,
 * and the reader gives the records, so nothing is shown that a read would not
 * show. The index lags, so what a record itself says about its subject counts.
 */
import { decodePayload, groupNameOf } from "@trilane/feature-groups";
import { eventTimeUsOf, paired, type SubjectDigest, type Version } from "@trilane/write-through";
import type { Platform } from "../platform.ts";

export interface SubjectRecord {
  readonly group: string;
  readonly key: string;
  readonly eventTimeUs: number;
  readonly version: Version;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
  readonly features: Readonly<Record<string, unknown>>;
}

/** @throws CoreError of the store, or of the first record that could not be read */
export async function* subjectRecords(
  { subjects, erasing, coreReader }: Pick<Platform, "subjects" | "erasing" | "coreReader">,
  subject: string,
): AsyncGenerator<SubjectRecord> {
  for (const digest of subjects.allDigestsOf(subject)) yield* recordsUnder(digest, { erasing, coreReader });
}

async function* recordsUnder(
  digest: SubjectDigest,
  { erasing, coreReader }: Pick<Platform, "erasing" | "coreReader">,
): AsyncGenerator<SubjectRecord> {
  for await (const keys of erasing.erasures.keysOf(digest)) {
    if (keys.length === 0) continue;
    for (const [key, result] of paired(keys, await coreReader.read(keys))) {
      if (result.kind === "failed") throw result.error;
      if (result.kind === "absent") continue;
      const { subjectDigest, features } = decodePayload(result.payload);
      if (subjectDigest !== digest) continue;
      const { version, expiresAtMs } = result;
      yield { group: groupNameOf(key), key, eventTimeUs: eventTimeUsOf(version), version, expiresAtMs, features };
    }
  }
}
