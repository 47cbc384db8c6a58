/**
 * Changes the key of digests. Until the change is finished, every process has
 * the new key and the former one: new records have digests of the new key, and
 * persons are erased under both. It is finished when nothing depends on the
 * former key any more: every record from before has expired, and so has every
 * erasure from before, except for permanent ones that were repeated by name.
 *
 * A crash leaves the key changed or not, since each step is one change of the
 * cache epoch record.
 */
import type { FeatureConfig, SubjectDigests } from "@trilane/feature-groups";
import { ErasureList, type ErasureStore, PERMANENT_US } from "@trilane/write-through";
import { erasureKeepMs } from "./erase-subjects.ts";

export type KeyChange =
  | { readonly kind: "changed" }
  | { readonly kind: "changed-before" }
  /** The table has no key yet, or one that is neither of the two; null for none. */
  | { readonly kind: "other-key"; readonly tableKey: string | null }
  /** An earlier change is not finished. */
  | { readonly kind: "unfinished"; readonly formerKey: string }
  /** The keys of these groups' entities are digests of the former key, and would not be found again. */
  | { readonly kind: "digested-keys"; readonly groups: readonly string[] };

export interface KeyChangeParts {
  readonly erasures: ErasureStore;
  readonly config: FeatureConfig;
  readonly subjects: SubjectDigests;
  /** Milliseconds since 1970, as a server confirms them. */
  readonly nowMs: number;
}

/** @throws CoreError of the store */
export async function changeSubjectKey({ erasures, config, subjects, nowMs }: KeyChangeParts): Promise<KeyChange> {
  const { fingerprint: to, formerFingerprint: from } = subjects;
  const groups = Object.values(config.groups).flatMap(({ name, keys }) => (keys === "digests" ? [name] : []));
  if (groups.length > 0) return { kind: "digested-keys", groups };
  const isChanged = from !== null && (await erasures.changeSubjectKey({ from, to, atMs: nowMs }));
  if (isChanged) return { kind: "changed" };
  const { subjectKey, formerSubjectKey } = await erasures.readState();
  if (subjectKey === to && formerSubjectKey?.fingerprint === from) return { kind: "changed-before" };
  if (formerSubjectKey === null) return { kind: "other-key", tableKey: subjectKey };
  return { kind: "unfinished", formerKey: formerSubjectKey.fingerprint };
}

export type KeyFinish =
  | { readonly kind: "finished" }
  | { readonly kind: "nothing-to-finish" }
  /** Records from before the change may still be there. */
  | { readonly kind: "too-early"; readonly fromMs: number }
  /** Permanent erasures from before the change, which nobody has repeated by name since. */
  | { readonly kind: "permanent-erasures"; readonly count: number };

/** @throws CoreError of the store */
export async function finishSubjectKey({
  erasures,
  config,
  nowMs,
}: Omit<KeyChangeParts, "subjects">): Promise<KeyFinish> {
  const state = await erasures.readState();
  const former = state.formerSubjectKey;
  if (former === null) return { kind: "nothing-to-finish" };
  const fromMs = former.changedAtMs + erasureKeepMs({ config });
  if (nowMs < fromMs) return { kind: "too-early", fromMs };
  const list = new ErasureList(erasures);
  await list.follow(state);
  let count = 0;
  for (const [, { untilUs, number }] of list.entries()) {
    if (untilUs === PERMANENT_US && number <= former.upTo) count += 1;
  }
  if (count > 0) return { kind: "permanent-erasures", count };
  await erasures.forgetFormerSubjectKey(former.fingerprint);
  return { kind: "finished" };
}
