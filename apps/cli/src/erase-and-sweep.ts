/**
 * Erases persons and removes what there is of them: in the table, in the queue,
 * and in dead letters of the batch lane. It stops when the sweeps rest; workers
 * make the last sweep.
 */
import { eraseLettersIn, letterPlaceOf, type LetterPlace } from "@trilane/batch-loader";
import { type ErasedJobs, eraseFromQueueOf } from "@trilane/job-worker";
import {
  confirmedNowMs,
  type EraseMode,
  type ErasureReport,
  erasureReport,
  eraseSubjects,
  type Platform,
  shownMessage,
  sweepOptionsOf,
} from "@trilane/lane-kit";
import { type ErasureEntry, type SweepProgress, sweepAllUntilResting } from "@trilane/write-through";
import { queueName } from "./config.ts";
import { usageError } from "./errors.ts";

export interface EraseAndSweep {
  readonly subjects: readonly string[];
  readonly mode: EraseMode;
  readonly by: string;
  /** Addresses of dead letters on S3. */
  readonly letters: readonly string[];
  readonly hasQueue: boolean;
  /** Shows progress. */
  readonly note: (text: string) => void;
}

const ADDRESS = /^s3:\/\/(?<bucket>[^/]+)\/?(?<prefix>.*)$/u;

/** @throws CoreError of the store; the erasure may be announced or in force then, and workers go on with it */
export async function eraseAndSweep(platform: Platform, asked: EraseAndSweep): Promise<ErasureReport> {
  const { subjects, mode, by, note, hasQueue } = asked;
  const places = letterPlaces(platform, asked.letters);
  const askedAtMs = confirmedNowMs(platform);
  const onInForce = (done: number): void => note(`${done} of ${subjects.length} are in force: no read gives them now`);
  const announced = await eraseSubjects(platform, { subjects, mode, by, onInForce });
  const inForceAtMs = confirmedNowMs(platform);
  const removes = mode.kind !== "lift";
  const queue = removes && hasQueue ? await fromQueue(platform, note) : null;
  const letters = removes ? await eraseLettersIn(places, platform) : [];
  const { entries, removedByGroup } = await sweepAll(platform, announced, note);
  return erasureReport(platform, {
    by,
    askedAtMs,
    inForceAtMs,
    nowMs: confirmedNowMs(platform),
    entries,
    removedByGroup,
    queue,
    letters,
    notLookedAt: [
      ...(removes && queue === null ? ["jobs and dead letters of the queue, which was not gone through"] : []),
      ...(removes && letters.length === 0
        ? ["dead letters of the batch lane: --letters or TRILANE_DEAD_LETTERS names where they lie"]
        : []),
    ],
  });
}

async function sweepAll(
  platform: Platform,
  announced: readonly ErasureEntry[],
  note: EraseAndSweep["note"],
): Promise<{ readonly entries: readonly ErasureEntry[]; readonly removedByGroup: Readonly<Record<string, number>> }> {
  const removedByGroup: Record<string, number> = {};
  const onSweep = ({ entry: { number, sweep }, swept }: SweepProgress): void => {
    for (const [group, count] of Object.entries(swept.groups)) {
      removedByGroup[group] = (removedByGroup[group] ?? 0) + count;
    }
    note(`erasure ${number}: sweep ${sweep.sweeps} removed ${swept.found} records, now ${sweep.phase}`);
  };
  const entries = await sweepAllUntilResting(announced, platform.erasing, { ...sweepOptionsOf(platform), onSweep });
  return { entries: entries.toSorted((left, right) => left.number - right.number), removedByGroup };
}

async function fromQueue(platform: Platform, note: EraseAndSweep["note"]): Promise<ErasedJobs | null> {
  try {
    return await eraseFromQueueOf(platform, { queue: queueName(), nowMs: confirmedNowMs(platform) });
  } catch (error) {
    note(`the queue was not gone through (--no-queue where there is none): ${shownMessage(error)}`);
    return null;
  }
}

/** The place of the settings, and those that were named. */
function letterPlaces({ settings }: Platform, addresses: readonly string[]): readonly LetterPlace[] {
  const own = letterPlaceOf(settings);
  return [...(own === null ? [] : [own]), ...addresses.map(placeOf)];
}

function placeOf(address: string): LetterPlace {
  const { bucket, prefix = "" } = ADDRESS.exec(address)?.groups ?? {};
  if (bucket === undefined) throw usageError(`--letters is "${address}"; expected s3://bucket/prefix`);
  return { bucket, prefix };
}
