/**
 * The environment variables by which the conductor configures its processes,
 * and the frame in which a lane runs. The lane runs as it does in production,
 * except for a recorder between the lane and the writer.
 */
import { createFeatureReader, createFeatureWriter } from "@trilane/feature-groups";
import { type LaneProgram, type ProcessContext, runProcess } from "@trilane/lane-kit";
import { HistoryRecorder, recordReader, recordWriter } from "@trilane/verification/history";

const FILE = "TRILANE_TORTURE_RECORDING";
const PROCESS = "TRILANE_TORTURE_PROCESS";

export function recordingEnvironment(recording: {
  readonly file: string;
  readonly process: number;
}): Readonly<Record<string, string>> {
  return { [FILE]: recording.file, [PROCESS]: String(recording.process) };
}

/** @throws Error when the variables are not set, because these programs are only for the torture run */
export function openRecorder(environment: Readonly<Record<string, string | undefined>> = process.env): HistoryRecorder {
  const file = environment[FILE];
  const number = Number(environment[PROCESS]);
  if (file === undefined || !Number.isInteger(number)) {
    throw new Error(`${FILE} and ${PROCESS} are not set: this program is only for \`npm run torture\``);
  }
  return new HistoryRecorder({ file, process: number });
}

/** The number of this start of this process, by which starts with the same seed draw differently. */
export function recordingNumber(environment: Readonly<Record<string, string | undefined>> = process.env): number {
  return Number(environment[PROCESS]);
}

/** Runs like `runProcess`, with every write and read of the core recorded. */
export async function runRecorded(
  name: string,
  start: (context: ProcessContext, recorder: HistoryRecorder) => Promise<void>,
): Promise<void> {
  const recorder = openRecorder();
  await runProcess(name, (context) => start(recordedContext(context, recorder), recorder));
  recorder.flush();
}

/** Runs a lane as its own program would, recorded. */
export async function runLaneRecorded<Config>({ name, readConfig, run }: LaneProgram<Config>): Promise<void> {
  const config = readConfig(process.argv.slice(2));
  await runRecorded(name, (context) => run(context, config));
}

function recordedContext(context: ProcessContext, recorder: HistoryRecorder): ProcessContext {
  const { platform } = context;
  const { config } = platform;
  const writer = createFeatureWriter(config, recordWriter(platform.coreWriter, recorder), platform.subjects);
  const reader = createFeatureReader(config, recordReader(platform.coreReader, recorder), {
    digests: platform.subjects,
  });
  return { ...context, platform: { ...platform, writer, reader } };
}
