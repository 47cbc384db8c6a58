/** The digests of persons and keys, by the settings of this process. */
import {
  createChangingDigests,
  createSubjectDigests,
  type FormerKey,
  type SubjectDigests,
} from "@trilane/feature-groups";
import type { Settings } from "./settings/load-settings.ts";
import { SettingsError } from "./settings/settings-error.ts";

/** @throws SettingsError for a former key without a present one, or with the same */
export function openSubjectDigests(
  { subjectKey, formerSubjectKey }: Pick<Settings, "subjectKey" | "formerSubjectKey">,
  isErased: FormerKey["isErased"],
): SubjectDigests {
  if (formerSubjectKey === undefined) return createSubjectDigests(subjectKey ?? null);
  if (subjectKey === undefined || subjectKey === formerSubjectKey) {
    const problem = subjectKey === undefined ? "TRILANE_SUBJECT_KEY is not set" : "TRILANE_SUBJECT_KEY is the same";
    throw new SettingsError("TRILANE_SUBJECT_KEY_BEFORE", `${problem}: set it to the new key, or unset this one`);
  }
  return createChangingDigests(subjectKey, { key: formerSubjectKey, isErased });
}
