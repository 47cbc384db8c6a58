/** The batch lane as a program: loads one source, prints the report and ends. */
import { EXIT, type LaneProgram, type ProcessContext, runLane, type Settings } from "@trilane/lane-kit";
import { messageOf } from "@trilane/write-through";
import { type LoadConfig, loadUsage, readLoadConfig } from "./config.ts";
import { LoadError } from "./errors.ts";
import { load } from "./lane.ts";
import { loadLimitsDefaults } from "./limits.ts";
import { openLoadStores } from "./load/load-stores.ts";
import { IncompleteLoadError, isWorthAnotherRun, type LoadReport } from "./report.ts";
import { reportProgress } from "./report/progress-reporter.ts";
import { reportText } from "./report/report-text.ts";

const DRAIN_MARGIN_MS = 5_000;

export const batchLane: LaneProgram<LoadConfig> = {
  name: "batch-loader",
  usage: loadUsage,
  readConfig: readLoadConfig,
  settingsOf: leaveRoom,
  run: runBatchLane,
};

/** A load has time, so its calls do not crowd out those of the other lanes. */
function leaveRoom(settings: Settings): Settings {
  return { ...settings, storeCallsMax: Math.min(settings.storeCallsMax, settings.loads.storeCallsMax) };
}

async function runBatchLane(context: ProcessContext, config: LoadConfig): Promise<void> {
  const textOf = (report: LoadReport): string => (config.isJson ? JSON.stringify(report) : reportText(report));
  try {
    await runLane(context, {
      phase: "load",
      timeLimitMs: loadLimitsDefaults.drainMs + DRAIN_MARGIN_MS,
      work: (signal) => loadWithProgress(context, config, signal),
      textOf,
    });
  } catch (error) {
    if (error instanceof IncompleteLoadError) process.stdout.write(`${textOf(error.report)}\n`);
    const exitCode = exitCodeOf(error);
    if (exitCode === null) throw error;
    context.platform.logger.warn(messageOf(error));
    process.exitCode = exitCode;
  }
}

async function loadWithProgress(
  { platform }: ProcessContext,
  { isJson: _isJson, loadId, deadMax, ...config }: LoadConfig,
  signal: AbortSignal,
): Promise<LoadReport> {
  const { onProgress, finish } = reportProgress(process.stderr, platform.clock);
  const stores = openLoadStores(platform);
  const more = { ...(loadId === null ? {} : { loadId }), ...(deadMax === null ? {} : { deadMax }) };
  try {
    return await load({ platform, stores, signal, onProgress, ...config, ...more });
  } finally {
    finish();
    stores.close();
  }
}

/** Null for a failure, which the process's frame reports. */
function exitCodeOf(error: unknown): number | null {
  if (error instanceof LoadError && error.code === "ROWS_REFUSED") return EXIT.refused;
  return isWorthAnotherRun(error) ? EXIT.tryAgain : null;
}
