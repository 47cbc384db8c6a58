/**
 * Refuses to go on where the digests of the table's subjects are made with
 * another key than this process's, because it would not know who was erased.
 * The check comes with each renewal of the lease, so a process that runs while
 * the key is changed stops to answer within a lease.
 */
import { CoreError } from "../errors.ts";
import type { ErasureState } from "../ports/erasures.ts";
import type { CacheEpochOptions } from "./cache-epoch-options.ts";

type OwnKeys = Pick<CacheEpochOptions, "subjectKey" | "formerSubjectKey">;
type TableKeys = Pick<ErasureState, "subjectKey" | "formerSubjectKey">;

/** @throws CoreError SUBJECT_KEY_OTHER */
export function checkSubjectKey(table: TableKeys, own: OwnKeys): void {
  if (own.subjectKey === null || table.subjectKey === null) return;
  if (own.subjectKey !== table.subjectKey) {
    const isBefore = own.formerSubjectKey === table.subjectKey;
    throw other(
      `the table's subjects are digested with the key ${table.subjectKey}, and this process has the key ${own.subjectKey} (TRILANE_SUBJECT_KEY)`,
      isBefore ? "`trilane subject rekey` changes the table's key" : "give every process of a table the same key",
    );
  }
  const former = table.formerSubjectKey?.fingerprint;
  if (former === undefined || former === own.formerSubjectKey) return;
  throw other(
    `the table still has digests of its former key ${former}, and this process has ${own.formerSubjectKey ?? "no former key"}`,
    "set TRILANE_SUBJECT_KEY_BEFORE to that key until `trilane subject rekey --finish` succeeds",
  );
}

function other(problem: string, remedy: string): CoreError {
  return new CoreError("SUBJECT_KEY_OTHER", `${problem}: ${remedy}`);
}
