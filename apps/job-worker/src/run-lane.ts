/**
 * The on-demand lane as a program: runs jobs until a signal, then prints its
 * report as one line of JSON.
 */
import { ErasureWorker, type LaneProgram, type ProcessContext, runLane, startEraseServer } from "@trilane/lane-kit";
import { type JobConfig, jobUsage, readJobConfig } from "./config.ts";
import { eraseElsewhere } from "./erase-elsewhere.ts";
import { work, type WorkState } from "./lane.ts";
import type { WorkReport } from "./report.ts";
import { loadResolvers } from "./resolvers.ts";

const CLOSE_LIMIT_MS = 25_000;
const ERASING_CLOSE_LIMIT_MS = 5_000;

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
  await openErasing(context, config.queue);
  await runLane(context, { phase: "jobs", timeLimitMs: CLOSE_LIMIT_MS, work: doWork });
}

/** Every worker goes on with erasures; one with the port takes them over HTTP as well. @throws SettingsError */
async function openErasing({ platform, lifecycle }: ProcessContext, queue: string | undefined): Promise<void> {
  const { settings, logger } = platform;
  const limit = { timeLimitMs: ERASING_CLOSE_LIMIT_MS };
  if (settings.erasePort !== null) {
    const server = await startEraseServer(platform, settings);
    lifecycle.onShutdown("erasures over HTTP", limit, () => server.close());
    logger.info({ port: server.port }, "takes erasures over HTTP");
  }
  const worker = new ErasureWorker({
    platform,
    eraseElsewhere: (nowMs) => eraseElsewhere(platform, { queue, nowMs }),
  });
  lifecycle.onShutdown("erasures", limit, () => worker.close());
}
