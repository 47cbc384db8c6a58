/**
 * Compares cache and store for many keys by the protocol's own rules. A key
 * that looks wrong is looked at again, for longer than a write takes: a write
 * between the two looks of a comparison, or a fence that is in use, is no
 * finding. Changes nothing.
 */
import {
  type AuditVerdict,
  auditVerdictOf,
  auditVerdicts,
  type Clock,
  type Explanation,
  fingerprintOf,
} from "@trilane/write-through";
import pLimit from "p-limit";

export interface AuditFinding {
  readonly key: string;
  readonly verdict: AuditVerdict;
  readonly explanation: Explanation;
}

export interface Audit {
  readonly looked: number;
  readonly counts: Readonly<Record<AuditVerdict, number>>;
  /** The keys whose verdict is neither `agree` nor `store-answers` nor `expired-copy`. */
  readonly findings: readonly AuditFinding[];
}

export interface AuditParts {
  readonly explain: (key: string) => Promise<Explanation>;
  /** Returns those of the keys whose value in the cache is not an entry, whatever its type is. */
  readonly foreignAmong: (keys: readonly string[]) => Promise<readonly string[]>;
  readonly clock: Clock;
}

export interface AuditTimes {
  /**
   * The maximum of looks at a key that seems wrong. Together they take longer than a put with its attempts may take.
   */
  readonly looksMax: number;
  readonly pauseMs: number;
}

export const auditTimesDefaults: AuditTimes = { looksMax: 9, pauseMs: 1_000 };

const LOOKED_AT_ONCE = 32;
const HARMLESS: ReadonlySet<AuditVerdict> = new Set(["agree", "store-answers", "expired-copy"]);

interface Look extends AuditFinding {
  readonly fingerprint: string;
}

export async function auditKeys(
  keys: readonly string[],
  parts: AuditParts,
  { looksMax, pauseMs }: AuditTimes = auditTimesDefaults,
): Promise<Audit> {
  const counts = Object.fromEntries(auditVerdicts.map((verdict) => [verdict, 0])) as Record<AuditVerdict, number>;
  const settle = (looks: readonly Look[]): void => {
    for (const { verdict } of looks) counts[verdict] += 1;
  };
  let looks = await lookAt(keys, parts);
  settle(looks.filter(({ verdict }) => HARMLESS.has(verdict)));
  let suspects = looks.filter(({ verdict }) => !HARMLESS.has(verdict));
  for (let look = 1; look < looksMax && suspects.length > 0; look += 1) {
    await parts.clock.sleep(pauseMs);
    looks = await lookAt(
      suspects.map(({ key }) => key),
      parts,
    );
    const before = suspects;
    const confirmed = looks.map((now, index) => confirm(before[index], now));
    settle(confirmed.filter(({ verdict }) => HARMLESS.has(verdict)));
    suspects = confirmed.filter(({ verdict }) => !HARMLESS.has(verdict));
  }
  settle(suspects);
  return { looked: keys.length, counts, findings: suspects };
}

async function lookAt(keys: readonly string[], parts: AuditParts): Promise<readonly Look[]> {
  const limit = pLimit(LOOKED_AT_ONCE);
  const foreign = new Set(await parts.foreignAmong(keys));
  return Promise.all(
    keys.map((key) =>
      limit(async (): Promise<Look> => {
        const explanation = await parts.explain(key);
        const verdict = foreign.has(key) ? "foreign" : auditVerdictOf(explanation, parts.clock.nowMs());
        return { key, verdict, explanation, fingerprint: fingerprintOf(explanation) };
      }),
    ),
  );
}

/**
 * A fence or a copy that changed between two looks belongs to a write under way. A verdict that must never be is kept.
 */
function confirm(before: Look | undefined, now: Look): Look {
  const mayBeAtWork = now.verdict === "orphaned-fence" || now.verdict === "cache-ahead";
  const isAtWork = mayBeAtWork && before?.fingerprint !== now.fingerprint;
  return isAtWork ? { ...now, verdict: "store-answers" } : now;
}
