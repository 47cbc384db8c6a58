/** The on-demand lane as a program: runs jobs until a signal, then prints one line of JSON with what it did. */
import { type LaneProgram, type ProcessContext, runLane } from "@trilane/lane-kit";
import { type JobConfig, jobUsage, readJobConfig } from "./config.ts";
import { work } from "./lane.ts";
import type { WorkReport } from "./report.ts";
import { loadResolvers } from "./resolvers.ts";

const CLOSE_LIMIT_MS = 25_000;

export const jobLane: LaneProgram<JobConfig> = {
  name: "job-worker",
  usage: jobUsage,
  readConfig: (args) => readJobConfig(args),
  run: runJobLane,
};

async function runJobLane(context: ProcessContext, { resolversPath, queue, limits }: JobConfig): Promise<void> {
  const { platform, health } = context;
  const resolvers = resolversPath === undefined ? {} : await loadResolvers(resolversPath, platform.config);
  let isReady = false;
  health?.addCheck("jobs", async () => (isReady ? null : "the worker takes no jobs yet"));
  const onReady = (): void => {
    isReady = true;
    platform.logger.info({ queue, resolvers: Object.keys(resolvers) }, "takes jobs");
  };
  const doWork = (signal: AbortSignal): Promise<WorkReport> =>
    work({ platform, queue, resolvers, limits, signal, onReady });
  await runLane(context, { phase: "jobs", timeLimitMs: CLOSE_LIMIT_MS, work: doWork });
}
