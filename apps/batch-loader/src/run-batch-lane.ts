/** The batch lane within a process's frame: loads one source, prints the report and ends. */
import type { ProcessContext } from "@trilane/lane-kit";
import type { LoadArguments } from "./command-line.ts";
import { LoadError } from "./errors.ts";
import { load } from "./load.ts";
import { loadLimitsDefaults } from "./load-limits.ts";
import { IncompleteLoadError, isWorthAnotherRun, type LoadReport } from "./load-report.ts";
import { reportProgress } from "./progress-reporter.ts";
import { reportText } from "./report-text.ts";

/** EX_TEMPFAIL: run it again, it resumes. */
const EXIT_TRY_AGAIN = 75;
const DRAIN_MARGIN_MS = 5_000;

export async function runBatchLane({ platform, lifecycle }: ProcessContext, given: LoadArguments): Promise<void> {
  const { group, source, isManifest, filter, loadId, isJson } = given;
  const progress = reportProgress(process.stderr, platform.clock);
  const { onProgress } = progress;
  const { signal } = lifecycle;
  const id = loadId === null ? {} : { loadId };
  const loading = load({ platform, group, source, isManifest, filter, signal, onProgress, ...id }).finally(
    progress.finish,
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
    if (!(error instanceof LoadError) || !isWorthAnotherRun(error)) throw error;
    platform.logger.warn(error.message);
    process.exitCode = EXIT_TRY_AGAIN;
  }
}

function writeReport(report: LoadReport, isJson: boolean): void {
  process.stdout.write(`${isJson ? JSON.stringify(report) : reportText(report)}\n`);
}
