/** The options of the on-demand lane, for its own program and for the `trilane` command. */
import type { OptionDeclarations } from "@trilane/lane-kit/options";

/** Two batches of the writer: while the jobs of one are written, those of the next are taken. */
export const JOBS_MAX_DEFAULT = 1_000;
export const LOCK_MS_DEFAULT = 15_000;

export const jobOptions = {
  queue: { value: "<name>", variable: "TRILANE_QUEUE", text: "the BullMQ queue, by default that of the table" },
  resolvers: {
    value: "<path>",
    variable: "TRILANE_RESOLVERS",
    text: "a module that exports `resolvers`: functions by group, for refresh jobs",
  },
  jobs: {
    value: "<names>",
    isRepeatable: true,
    variable: "TRILANE_JOBS",
    text: "the jobs that it runs, such as put,delete; others fail. Default: all but erase",
  },
  "load-from": {
    value: "<address>",
    isRepeatable: true,
    variable: "TRILANE_LOAD_FROM",
    text: "a source that load jobs may name, or a prefix above it (s3://bucket/prefix/; s3:// is all). Default: none",
  },
  "dead-max": {
    value: "<n>",
    text: "so many records of a job may be refused, or such a share (0.5%), before it fails. Default: any number",
  },
  "jobs-max": { value: "<n>", text: `jobs under way at the same time, default ${JOBS_MAX_DEFAULT}` },
  "lock-ms": {
    value: "<ms>",
    text: `after which others take over a silent process's jobs, default ${LOCK_MS_DEFAULT}`,
  },
} as const satisfies OptionDeclarations;
