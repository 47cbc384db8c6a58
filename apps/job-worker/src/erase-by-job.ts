/**
 * The job `erase`. When its erasures are in force, their numbers take the place
 * of the names in its payload, because finished jobs stay in the queue. A crash
 * before that erases once more, which changes nothing; a crash after it finds
 * the numbers and answers with them.
 */
import { eraseModeOf, eraseSubjects, type Platform } from "@trilane/lane-kit";
import type { ErasureEntry } from "@trilane/write-through";
import type { Job } from "bullmq";
import type { JobData } from "./decode.ts";
import type { EraseResult } from "./job-results.ts";

const BY = "a job";

/** @throws CoreError of the store */
export async function eraseByJob(
  job: Pick<Job, "updateData">,
  request: JobData<"erase">,
  platform: Platform,
): Promise<EraseResult> {
  if ("erased" in request) return resultOf(await readBack(request.erased, platform));
  const { subjects, ...rest } = request;
  const entries = await eraseSubjects(platform, { subjects, mode: eraseModeOf(rest), by: BY });
  await job.updateData({ erased: entries.map(({ number }) => number) });
  return resultOf(entries);
}

/** A job that failed for good keeps no names, whatever its payload was. */
export async function forgetNames(job: Pick<Job, "name" | "updateData">): Promise<void> {
  if (job.name === "erase") await job.updateData({ erased: [] });
}

async function readBack(numbers: readonly number[], { erasing }: Platform): Promise<readonly ErasureEntry[]> {
  const entries: ErasureEntry[] = [];
  for (const number of numbers) entries.push(...(await erasing.erasures.readEntries(number - 1, number)));
  return entries;
}

function resultOf(entries: readonly ErasureEntry[]): EraseResult {
  return { kind: "erased", erasures: entries.map(({ number, subject }) => ({ number, subject })) };
}
