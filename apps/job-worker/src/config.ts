/** The worker's own settings: flags first, then the environment. */
import { parseArgs } from "node:util";
import { JobError, messageOf } from "./errors.ts";
import { QUEUE_NAME_DEFAULT } from "./job-options.ts";
import { type WorkLimits, workLimitsDefaults } from "./lane.ts";

export interface WorkerConfig {
  readonly queue: string;
  /** The module that exports `resolvers`. */
  readonly resolversPath?: string;
  readonly limits: Partial<WorkLimits>;
}

type Environment = Readonly<Record<string, string | undefined>>;

export const workerUsage = `usage: job-worker [--queue <name>] [--resolvers <path>] [--jobs-max <n>] [--lock-ms <ms>]

  --queue <name>       the BullMQ queue (TRILANE_QUEUE), default "${QUEUE_NAME_DEFAULT}"
  --resolvers <path>   a module that exports \`resolvers\`: functions by group, for refresh jobs (TRILANE_RESOLVERS)
  --jobs-max <n>       jobs under way at the same time, default ${workLimitsDefaults.jobsMax}
  --lock-ms <ms>       after which others take over a silent process's jobs, default ${workLimitsDefaults.lockMs}

example: job-worker --resolvers ./resolvers.ts
`;

const LOCK_MS_MIN = 1_000;
const JOBS_MAX_MAX = 1_000;
/** Locks are renewed twice in their time; stalled jobs are looked for three times. */
const STALLED_CHECKS_PER_LOCK = 3;

/** @throws JobError INVALID_SETTING with the usage. */
export function readWorkerConfig(args: readonly string[], environment: Environment = process.env): WorkerConfig {
  const values = parse(args);
  const resolversPath = values.resolvers ?? environment["TRILANE_RESOLVERS"];
  const jobsMax = whole("--jobs-max", values["jobs-max"], { min: 1, max: JOBS_MAX_MAX });
  const lockMs = whole("--lock-ms", values["lock-ms"], { min: LOCK_MS_MIN, max: Number.MAX_SAFE_INTEGER });
  return {
    queue: values.queue ?? environment["TRILANE_QUEUE"] ?? QUEUE_NAME_DEFAULT,
    ...(resolversPath === undefined || resolversPath === "" ? {} : { resolversPath }),
    limits: {
      ...(jobsMax === null ? {} : { jobsMax }),
      ...(lockMs === null ? {} : { lockMs, stalledIntervalMs: Math.ceil(lockMs / STALLED_CHECKS_PER_LOCK) }),
    },
  };
}

function whole(flag: string, text: string | undefined, { min, max }: { min: number; max: number }): number | null {
  if (text === undefined) return null;
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new JobError("INVALID_SETTING", `${flag} is "${text}": give a whole number, ${min} or more`);
}

function parse(args: readonly string[]): {
  readonly queue?: string;
  readonly resolvers?: string;
  readonly "jobs-max"?: string;
  readonly "lock-ms"?: string;
} {
  try {
    const options = {
      queue: { type: "string" },
      resolvers: { type: "string" },
      "jobs-max": { type: "string" },
      "lock-ms": { type: "string" },
    } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch (cause) {
    throw new JobError("INVALID_SETTING", `${messageOf(cause)}\n${workerUsage}`, { cause });
  }
}
