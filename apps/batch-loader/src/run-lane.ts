/** The batch lane within a process's frame: loads one source, prints the report and ends. */
import type { ProcessContext } from "@trilane/lane-kit";
import type { LoadArguments } from "./config.ts";
import { LoadError, messageOf } from "./errors.ts";
import { load } from "./lane.ts";
import { openLoadStores } from "./load/load-stores.ts";
import { loadLimitsDefaults } from "./limits.ts";
import { IncompleteLoadError, isWorthAnotherRun, type LoadReport } from "./report.ts";
import { reportProgress } from "./report/progress-reporter.ts";
import { reportText } from "./report/report-text.ts";

/** As of the command for a refused record. */
const EXIT_REFUSED = 4;
/** EX_TEMPFAIL: run it again, it resumes. */
const EXIT_TRY_AGAIN = 75;
const DRAIN_MARGIN_MS = 5_000;

export async function runBatchLane({ platform, lifecycle }: ProcessContext, given: LoadArguments): Promise<void> {
  const { group, source, isManifest, filter, deadMax, loadId, isJson } = given;
  const progress = reportProgress(process.stderr, platform.clock);
  const { onProgress } = progress;
  const { signal } = lifecycle;
  const more = { ...(loadId === null ? {} : { loadId }), ...(deadMax === null ? {} : { deadMax }) };
  const stores = openLoadStores(platform);
  const loading = load({ platform, stores, group, source, isManifest, filter, signal, onProgress, ...more }).finally(
    () => {
      progress.finish();
      stores.close();
    },
  );
  // The writer stays open until the units under way are done.
  const timeLimitMs = loadLimitsDefaults.drainMs + DRAIN_MARGIN_MS;
  lifecycle.onShutdown("load", { timeLimitMs }, () =>
    loading.then(
      () => undefined,
      () => undefined,
    ),
  );
  try {
    writeReport(await loading, isJson);
  } catch (error) {
    if (error instanceof IncompleteLoadError) writeReport(error.report, isJson);
    const exitCode = exitCodeOf(error);
    if (exitCode === null) throw error;
    platform.logger.warn(messageOf(error));
    process.exitCode = exitCode;
  }
}

/** Null for a failure, which the process's frame reports. */
function exitCodeOf(error: unknown): number | null {
  if (error instanceof LoadError && error.code === "ROWS_REFUSED") return EXIT_REFUSED;
  return isWorthAnotherRun(error) ? EXIT_TRY_AGAIN : null;
}

function writeReport(report: LoadReport, isJson: boolean): void {
  process.stdout.write(`${isJson ? JSON.stringify(report) : reportText(report)}\n`);
}
