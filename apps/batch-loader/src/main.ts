/** The batch lane's process: loads one source and ends. */
import { type ProcessContext, runProcess } from "@trilane/lane-kit";
import { type LoadArguments, readCommandLine, USAGE } from "./command-line.ts";
import { LoadError } from "./errors.ts";
import { load } from "./load.ts";
import { loadLimitsDefaults } from "./load-limits.ts";
import { IncompleteLoadError, type LoadReport } from "./load-report.ts";
import { reportProgress } from "./progress-reporter.ts";
import { reportText } from "./report-text.ts";

const EXIT_USAGE = 2;
/** EX_TEMPFAIL: run it again, it resumes. */
const EXIT_INTERRUPTED = 75;
const DRAIN_MARGIN_MS = 5_000;

const commandLine = readCommandLine(process.argv.slice(2));
switch (commandLine.kind) {
  case "help":
    process.stdout.write(USAGE);
    break;
  case "wrong":
    process.stderr.write(`${commandLine.problem}\n\n${USAGE}`);
    process.exitCode = EXIT_USAGE;
    break;
  case "load":
    await runProcess("batch-loader", (context) => runLoad(context, commandLine.arguments));
}

async function runLoad({ platform, lifecycle }: ProcessContext, given: LoadArguments): Promise<void> {
  const { group, source, isManifest, loadId, isJson } = given;
  const progress = reportProgress(process.stderr, platform.clock);
  const { onProgress } = progress;
  const { signal } = lifecycle;
  const id = loadId === null ? {} : { loadId };
  const loading = load({ platform, group, source, isManifest, signal, onProgress, ...id }).finally(progress.finish);
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
    if (!(error instanceof LoadError) || error.code !== "INTERRUPTED") throw error;
    platform.logger.warn(error.message);
    process.exitCode = EXIT_INTERRUPTED;
  }
}

function writeReport(report: LoadReport, isJson: boolean): void {
  process.stdout.write(`${isJson ? JSON.stringify(report) : reportText(report)}\n`);
}
