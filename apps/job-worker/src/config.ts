/** The configuration of the on-demand lane, from its arguments first, then from the environment. */
import { optionsText, readOptions, wholeNumber } from "@trilane/lane-kit";
import type { WorkLimits } from "./limits.ts";
import { jobOptions, QUEUE_NAME_DEFAULT } from "./options.ts";

export interface JobConfig {
  readonly queue: string;
  /** The module that exports `resolvers`. */
  readonly resolversPath?: string;
  readonly limits: Partial<WorkLimits>;
}

export const jobUsage = `usage: job-worker [options]

${optionsText(jobOptions)}

example: job-worker --resolvers ./resolvers.ts
`;

const LOCK_MS_MIN = 1_000;
const JOBS_MAX_MAX = 1_000;
/** Locks are renewed twice in their time; stalled jobs are looked for three times. */
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
  return {
    queue: queue ?? QUEUE_NAME_DEFAULT,
    ...(resolversPath === null ? {} : { resolversPath }),
    limits: {
      ...(jobsMax === null ? {} : { jobsMax }),
      ...(lockMs === null ? {} : { lockMs, stalledIntervalMs: Math.ceil(lockMs / STALLED_CHECKS_PER_LOCK) }),
    },
  };
}
