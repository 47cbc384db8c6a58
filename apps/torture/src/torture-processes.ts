/** The processes of a run: lanes, readers, API; each start of each has a recording of its own. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { GROUP } from "./torture.config.ts";
import { ProcessClock } from "./process-clock.ts";
import { recordingEnvironment } from "./processes/recorded-process.ts";
import { type RestartPolicy, SupervisedProcess } from "./supervised-process.ts";
import type { ClientName, TortureServers } from "./torture-servers.ts";

export interface ProcessSetting {
  readonly servers: TortureServers;
  /** The name of the run, which table, topic, consumer group, queue and bucket have too. */
  readonly run: string;
  /** The folder for recordings and logs. */
  readonly directory: string;
  readonly apiPort: number;
  readonly seed: number;
  /** The library that moves a process's clock; null where no clock is moved. */
  readonly faketimeLibrary: string | null;
  /** The environment of every process, in addition to the servers' addresses. */
  readonly environment: Readonly<Record<string, string>>;
}

interface OwnPlan {
  readonly policy?: RestartPolicy;
  /** In addition to that of every process. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Read at each start, such as an option that an operator changes. */
  readonly environmentOfStart?: () => Readonly<Record<string, string>>;
}

/** A short timeout, so that the partitions and jobs of a killed process are taken over soon. */
const SESSION_TIMEOUT_MS = 6_000;
const LOCK_MS = 5_000;
const NS_PER_MS = 1e6;
/** The numbers for their seeds, which no reader has. */
const WRITER_NUMBER = 99;
const ERASER_NUMBER_FROM = 80;
/** They run the jobs of the load, and erasures. */
const JOB_NAMES = "put,delete,erase";

export class TortureProcesses {
  readonly #setting: ProcessSetting;
  readonly #all: SupervisedProcess[] = [];
  readonly #recordings: string[] = [];
  readonly #logFiles = new Set<string>();

  constructor(setting: ProcessSetting) {
    mkdirSync(setting.directory, { recursive: true });
    this.#setting = setting;
  }

  /** One file for each start of each process. */
  get recordings(): readonly string[] {
    return this.#recordings;
  }

  /** Every process that was started, including those that have ended. */
  get all(): readonly SupervisedProcess[] {
    return this.#all;
  }

  /** The folder of logs, recordings and reports. */
  get directory(): string {
    return this.#setting.directory;
  }

  /** One file for each process. */
  get logFiles(): readonly string[] {
    return [...this.#logFiles];
  }

  /** The environment of every process, without the addresses of the servers. */
  get commonEnvironment(): Readonly<Record<string, string>> {
    const { run, apiPort, environment } = this.#setting;
    return {
      ...environment,
      TRILANE_TABLE: run,
      // There is one cache behind many proxies, so it needs a name.
      TRILANE_CACHE_NAME: run,
      TRILANE_API_PORT: String(apiPort),
      TRILANE_CONFIG: fileURLToPath(new URL("torture.config.ts", import.meta.url)),
      TRILANE_LOG_LEVEL: "warn",
    };
  }

  /** Whether the clocks of the processes can be moved. */
  get haveClocks(): boolean {
    return this.#setting.faketimeLibrary !== null;
  }

  streamLane(name = "stream"): SupervisedProcess {
    const { run } = this.#setting;
    return this.#start(name, "stream", "apps/torture/src/processes/stream-lane.ts", [
      "--topic",
      `${run}=${GROUP}`,
      "--group-id",
      run,
      "--session-timeout-ms",
      String(SESSION_TIMEOUT_MS),
    ]);
  }

  /** Reads the topics of the faults at the edges, each by a consumer group of its own. */
  edgeStreamLane(topics: readonly string[], skip: () => readonly string[]): SupervisedProcess {
    const flags = topics.flatMap((topic) => ["--topic", `${topic}=${GROUP}`]);
    return this.#start(
      "edge-stream",
      "stream",
      "apps/torture/src/processes/stream-lane.ts",
      [...flags, "--session-timeout-ms", String(SESSION_TIMEOUT_MS)],
      { environmentOfStart: () => ({ TRILANE_STREAM_SKIP: skip().join(",") }) },
    );
  }

  jobLane(): SupervisedProcess {
    const { run } = this.#setting;
    const flags = ["--queue", run, "--lock-ms", String(LOCK_MS), "--jobs", JOB_NAMES];
    return this.#start("worker", "worker", "apps/torture/src/processes/job-lane.ts", flags);
  }

  /** Runs the jobs of the faults at the edges. */
  edgeJobLane(options: {
    readonly queue: string;
    readonly loadFrom: string;
    readonly environment: Readonly<Record<string, string>>;
  }): SupervisedProcess {
    const { queue, loadFrom, environment } = options;
    const flags = ["--queue", queue, "--lock-ms", String(LOCK_MS), "--load-from", loadFrom];
    const program = "apps/torture/src/processes/job-lane.ts";
    return this.#start("edge-worker", "worker", program, flags, { environment });
  }

  /** Runs until the object is loaded. */
  batchLane(key: string): SupervisedProcess {
    const { run } = this.#setting;
    const flags = ["--json", "--group", GROUP, `s3://${run}/${key}`];
    return this.#start("batch", "batch", "apps/torture/src/processes/batch-lane.ts", flags, {
      policy: "until-success",
    });
  }

  libraryReader(number: number): SupervisedProcess {
    const seed = String(this.#setting.seed * 100 + number);
    return this.#start(`reader-${number}`, "reader", "apps/torture/src/processes/library-reader.ts", [seed]);
  }

  libraryWriter(): SupervisedProcess {
    const flags = this.#seedAndTime(WRITER_NUMBER);
    return this.#start("library-writer", "reader", "apps/torture/src/processes/library-writer.ts", flags);
  }

  libraryEraser(number: number): SupervisedProcess {
    const flags = this.#seedAndTime(ERASER_NUMBER_FROM + number);
    return this.#start(`eraser-${number}`, "reader", "apps/torture/src/processes/library-eraser.ts", flags);
  }

  /** Runs `trilane erase` until it succeeds. Its report is its output. */
  eraseCommand(flags: readonly string[], client: "worker" | "conductor" = "worker"): SupervisedProcess {
    const environment = { TRILANE_QUEUE: this.#setting.run };
    return this.#start("erase-command", client, "apps/cli/src/main.ts", ["erase", "--yes", "--json", ...flags], {
      policy: "until-success",
      environment,
    });
  }

  httpReader(): SupervisedProcess {
    const { apiPort, seed } = this.#setting;
    const flags = [`http://127.0.0.1:${apiPort}`, String(seed * 100)];
    return this.#start("http-reader", "reader", "apps/torture/src/processes/http-reader.ts", flags);
  }

  api(): SupervisedProcess {
    return this.#start("api", "api", "apps/feature-api/src/main.ts", []);
  }

  /** The seed of a process, how far the true time is ahead of the monotonic clock, and the seed of the persons. */
  #seedAndTime(number: number): readonly string[] {
    const aheadMs = Date.now() - Number(process.hrtime.bigint()) / NS_PER_MS;
    return [String(this.#setting.seed * 100 + number), String(aheadMs), String(this.#setting.seed)];
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all.map((one) => one.stop()));
  }

  #start(
    name: string,
    client: ClientName,
    program: string,
    flags: readonly string[],
    own: OwnPlan = {},
  ): SupervisedProcess {
    const { servers, directory } = this.#setting;
    const logFile = join(directory, `${name}.log`);
    this.#logFiles.add(logFile);
    const started = new SupervisedProcess(
      {
        name,
        program,
        arguments: flags,
        environment: {
          ...servers.environmentOf(client),
          ...this.commonEnvironment,
          ...own.environment,
        },
        environmentOfStart: () => ({
          ...recordingEnvironment(this.#nextRecording(name)),
          ...own.environmentOfStart?.(),
        }),
        logFile,
        clock: this.#nextClock(name),
      },
      own.policy,
    );
    this.#all.push(started);
    return started;
  }

  #nextClock(name: string): ProcessClock | null {
    const { faketimeLibrary, directory } = this.#setting;
    if (faketimeLibrary === null) return null;
    return new ProcessClock(faketimeLibrary, join(directory, `${this.#all.length + 1}-${name}`));
  }

  #nextRecording(name: string): { readonly file: string; readonly process: number } {
    const number = this.#recordings.length + 1;
    const file = join(this.#setting.directory, `${number}-${name}.recording`);
    this.#recordings.push(file);
    return { file, process: number };
  }
}
