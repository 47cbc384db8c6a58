/** A lane's own program as a process, which is watched by the metrics that it serves. */
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { type Ended, programOf, startMeasured } from "../large-loads/measured-process.ts";
import { type MetricValues, readMetrics } from "./metrics-text.ts";

export interface LaneProgram {
  readonly main: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Gets a folder of this start. */
  readonly directory: string;
}

export interface RunningLane {
  readonly ended: Promise<Ended>;
  /** Resolves with what the pattern found in the output, and with null where the process ends without it. */
  prints(pattern: RegExp, on?: "stdout" | "stderr"): Promise<readonly string[] | null>;
  /** Null before the process listens, and when it has ended. */
  metrics(): Promise<MetricValues | null>;
  signal(name: NodeJS.Signals): void;
  /** Asks the process to end in order, and waits until it has. */
  stop(): Promise<Ended>;
}

export const BATCH_LANE = programOf(import.meta.resolve("@trilane/batch-loader"));
export const JOB_LANE = programOf(import.meta.resolve("@trilane/job-worker"));
export const API = programOf(import.meta.resolve("@trilane/feature-api"));
export const STREAM_LANE = programOf(import.meta.resolve("@trilane/stream-consumer"));

const LISTENS = /"port":(\d+)[^\n]*"msg":"health server listens"/;
const ANSWER_MS_MAX = 5_000;

export async function startLane({ main, args, environment, directory }: LaneProgram): Promise<RunningLane> {
  const started = startMeasured({
    main,
    args,
    environment: { TRILANE_HEALTH_PORT: "0", TRILANE_LOG_LEVEL: "info", ...environment },
    directory: await mkdtemp(join(directory, "process-")),
  });
  let port: string | undefined;
  void started.tells(LISTENS).then((found) => (port = found?.[1]));
  return {
    ended: started.ended,
    prints: (pattern, on = "stdout") => started.tells(pattern, on),
    metrics: () => (port === undefined ? Promise.resolve(null) : askMetrics(port)),
    signal: started.signal,
    stop() {
      started.signal("SIGTERM");
      return started.ended;
    },
  };
}

async function askMetrics(port: string): Promise<MetricValues | null> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/metrics`, { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
    return readMetrics(await response.text());
  } catch {
    return null;
  }
}
