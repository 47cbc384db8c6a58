/**
 * The on-demand lane as a program: runs jobs until a signal, then prints its
 * report as one line of JSON.
 */
import { type LaneProgram, type ProcessContext, runLane } from "@trilane/lane-kit";
import { type JobConfig, jobUsage, readJobConfig } from "./config.ts";
import { work, type WorkState } from "./lane.ts";
import type { WorkReport } from "./report.ts";
import { loadResolvers } from "./resolvers.ts";

const CLOSE_LIMIT_MS = 25_000;

export const jobLane: LaneProgram<JobConfig> = {
  name: "job-worker",
  usage: jobUsage,
  readConfig: (args) => readJobConfig(args),
  run: runJobLane,
};

async function runJobLane(context: ProcessContext, { resolversPath, ...config }: JobConfig): Promise<void> {
  const { platform, health } = context;
  const resolvers = resolversPath === undefined ? {} : await loadResolvers(resolversPath, platform.config);
  let state: WorkState | null = null;
  const unreadyReason = (): string | null => (state === null ? "the worker takes no jobs yet" : state.unreadyReason());
  health?.addCheck("jobs", async () => unreadyReason());
  const onReady = (ready: WorkState): void => {
    state = ready;
    platform.logger.info({ queue: ready.queue, resolvers: Object.keys(resolvers) }, "takes jobs");
  };
  const doWork = (signal: AbortSignal): Promise<WorkReport> =>
    work({ platform, resolvers, signal, onReady, ...config });
  await runLane(context, { phase: "jobs", timeLimitMs: CLOSE_LIMIT_MS, work: doWork });
}
