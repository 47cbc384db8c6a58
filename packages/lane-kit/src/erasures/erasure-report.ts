/**
 * The report of erasures, which an auditor keeps. It holds digests instead of
 * names, and says what it does not cover.
 */
import { type ErasureEntry, PERMANENT_US } from "@trilane/write-through";
import { formatTimeUs } from "@trilane/feature-groups";
import type { Platform } from "../platform.ts";

export interface ErasureReport {
  readonly table: string;
  readonly by: string;
  /** When it was asked for, when it came into force, and when this report was made. */
  readonly askedAt: string;
  readonly inForceAt: string;
  readonly reportedAt: string;
  readonly erasures: readonly ReportedErasure[];
  /** Records that were replaced by tombstones, by group. */
  readonly removedByGroup: Readonly<Record<string, number>>;
  /** The counts of the queue; null where it was not gone through. */
  readonly queue: object | null;
  readonly letters: readonly object[];
  readonly groups: {
    readonly withSubject: readonly string[];
    /** Their records are not found by a person's name. */
    readonly withoutSubject: readonly string[];
  };
  readonly notCovered: readonly string[];
}

export interface ReportedErasure {
  readonly number: number;
  /** The digest of the person's name. */
  readonly subject: string;
  readonly kind: ErasureEntry["kind"];
  /** Records up to this event time are covered. */
  readonly until: string;
  readonly sweeps: number;
  readonly removed: number;
  readonly phase: ErasureEntry["sweep"]["phase"];
  /** When the next sweep is due; null where there is none. */
  readonly nextSweepAt: string | null;
}

export function reportedErasure({ number, subject, kind, untilUs, sweep }: ErasureEntry): ReportedErasure {
  const { phase, sweeps, removed, dueMs } = sweep;
  return {
    number,
    subject,
    kind,
    until: untilUs === PERMANENT_US ? "every time" : formatTimeUs(untilUs),
    sweeps,
    removed,
    phase,
    nextSweepAt: phase === "done" ? null : isoTime(dueMs),
  };
}

export interface ErasureFacts extends Pick<ErasureReport, "by" | "removedByGroup" | "queue" | "letters"> {
  readonly askedAtMs: number;
  readonly inForceAtMs: number;
  readonly nowMs: number;
  readonly entries: readonly ErasureEntry[];
  /** Sentences about places that could not be looked at. */
  readonly notLookedAt: readonly string[];
}

export function erasureReport(
  { settings, config, erasureCopy }: Pick<Platform, "settings" | "config" | "erasureCopy">,
  facts: ErasureFacts,
): ErasureReport {
  const { by, removedByGroup, queue, letters, entries, askedAtMs, inForceAtMs, nowMs, notLookedAt } = facts;
  const groups = Object.values(config.groups);
  const withPlainKeys = groups.filter(({ subject, keys }) => subject !== null && keys === "plain");
  const withoutSubject = groups.filter(({ subject }) => subject === null).map(({ name }) => name);
  const restores = "a restore of the table from before: set TRILANE_ERASURE_COPY, so that it is found out";
  return {
    table: settings.table,
    by,
    askedAt: isoTime(askedAtMs),
    inForceAt: isoTime(inForceAtMs),
    reportedAt: isoTime(nowMs),
    erasures: entries.map(reportedErasure),
    removedByGroup,
    queue,
    letters,
    groups: {
      withSubject: groups.filter(({ subject }) => subject !== null).map(({ name }) => name),
      withoutSubject,
    },
    notCovered: [
      ...notLookedAt,
      ...(erasureCopy === null ? [restores] : []),
      ...(withoutSubject.length === 0 ? [] : [`groups that name no subject: ${withoutSubject.join(", ")}`]),
      "backups of the table, and source topics and files: what comes again from them is refused, but they still hold it",
      "dead letters of the stream lane, which their topic keeps until its retention is over",
      ...plainKeysText(withPlainKeys.map(({ name }) => name)),
      "a put that lands later: no read shows it, and the next sweep removes it",
    ],
  };
}

function plainKeysText(groups: readonly string[]): readonly string[] {
  if (groups.length === 0) return [];
  const problem = "keys that are personal data themselves: their tombstones stay as long as a source may be replayed";
  return [`${problem}; these groups store their keys as they are: ${groups.join(", ")}`];
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
