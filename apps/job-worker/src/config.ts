/** The configuration of the on-demand lane, from its arguments first, then from the environment. */
import { type DeadMax, parseDeadMax } from "@trilane/batch-loader";
import { exitCodesText, optionsText, readOptions, SettingsError, wholeNumber } from "@trilane/lane-kit";
import { type JobAccess, readAccess } from "./job-access.ts";
import type { WorkLimits } from "./limits.ts";
import { jobOptions } from "./options.ts";

export interface JobConfig {
  /** Without it, the queue of the table. */
  readonly queue?: string;
  readonly access: JobAccess;
  readonly deadMax?: DeadMax;
  /** The module that exports `resolvers`. */
  readonly resolversPath?: string;
  readonly limits: Partial<WorkLimits>;
}

export const jobUsage = `usage: job-worker [options]

${optionsText(jobOptions)}

${exitCodesText()}

example: job-worker --resolvers ./resolvers.ts
`;

const LOCK_MS_MIN = 1_000;
const JOBS_MAX_MAX = 1_000;
/** Locks are renewed twice in their time; stalled jobs are looked for three times in it. */
const STALLED_CHECKS_PER_LOCK = 3;

/** @throws SettingsError */
export function readJobConfig(
  args: readonly string[],
  environment?: Readonly<Record<string, string | undefined>>,
): JobConfig {
  const { values } = readOptions(jobOptions, args, { environment, positionalsMax: 0 });
  const { queue, resolvers: resolversPath } = values;
  const jobsMax = wholeNumber("jobs-max", values["jobs-max"], { min: 1, max: JOBS_MAX_MAX });
  const lockMs = wholeNumber("lock-ms", values["lock-ms"], { min: LOCK_MS_MIN });
  const deadMax = deadMaxOf(values["dead-max"]);
  return {
    ...(queue === null ? {} : { queue }),
    access: readAccess({ jobs: values.jobs, loadFrom: values["load-from"] }),
    ...(deadMax === null ? {} : { deadMax }),
    ...(resolversPath === null ? {} : { resolversPath }),
    limits: {
      ...(jobsMax === null ? {} : { jobsMax }),
      ...(lockMs === null ? {} : { lockMs, stalledIntervalMs: Math.ceil(lockMs / STALLED_CHECKS_PER_LOCK) }),
    },
  };
}

function deadMaxOf(text: string | null): DeadMax | null {
  if (text === null) return null;
  const deadMax = parseDeadMax(text);
  if (deadMax !== null) return deadMax;
  throw new SettingsError("--dead-max", `it is "${text}"; expected a number of records, or a share such as 0.5%`);
}
