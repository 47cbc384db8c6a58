/** The result of an audit, for people and for programs. It never contains features. */
import { describeExplanation } from "@trilane/feature-api/answers";
import { type AuditVerdict, auditVerdicts, violations } from "@trilane/write-through";
import { textTable } from "../text-table.ts";
import type { Audit, AuditFinding } from "./audit-keys.ts";

const MEANING: Readonly<Record<AuditVerdict, string>> = {
  agree: "the cache holds what the store holds",
  "store-answers": "the cache holds no copy, so reads go to the store",
  "expired-copy": "readers take it for absent; the cache is about to remove it",
  "orphaned-fence":
    "a write that was not published, or was abandoned; reads are right, from the store: `trilane repair`",
  "cache-ahead": "a copy that the store does not have: was it restored, or changed by hand?",
  "cache-behind": "MUST NEVER BE: the cache holds something older than the store",
  "wrong-payload": "MUST NEVER BE: a copy of the stored version with other bytes",
  foreign: "MUST NEVER BE: not an entry or not a record; does another program write there?",
  unknown: "a side could not be read",
};

/** The maximum of findings that are shown; the counts say how many there are. */
const SHOWN_MAX = 50;

/** Findings that must never be come first. */
export function shownFindings({ findings }: Audit): readonly AuditFinding[] {
  const weight = ({ verdict }: AuditFinding): number => (violations.has(verdict) ? 0 : 1);
  return findings.toSorted((left, right) => weight(left) - weight(right)).slice(0, SHOWN_MAX);
}

export function hasViolations({ counts }: Audit): boolean {
  return [...violations].some((verdict) => counts[verdict] > 0);
}

export function auditText(audit: Audit): string {
  const rows = auditVerdicts
    .filter((verdict) => audit.counts[verdict] > 0)
    .map((verdict) => [verdict, String(audit.counts[verdict]), MEANING[verdict]]);
  const shown = shownFindings(audit);
  const left = audit.findings.length - shown.length;
  const findings = shown.map(findingRow);
  const more = left > 0 ? [`and ${left} more`] : [];
  return [
    ...(rows.length === 0 ? [] : [textTable(rows)]),
    ...(findings.length === 0 ? [] : ["", textTable(findings), ...more]),
  ].join("\n");
}

function findingRow(finding: AuditFinding): readonly string[] {
  const { key, verdict, cache, store } = findingJson(finding);
  return [verdict, key, `cache: ${sideText(cache)}`, `store: ${sideText(store)}`];
}

function sideText({ state, version, error }: ReturnType<typeof findingJson>["cache"]): string {
  if (error !== null) return error.code;
  return version === null ? state : `${state} ${version}`;
}

export function findingJson({ key, verdict, explanation }: AuditFinding) {
  const { cache, store } = describeExplanation(explanation, 0);
  return { key, verdict, cache, store };
}
