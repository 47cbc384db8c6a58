/** Runs a lane's own process, and measures it (see `measure-process.ts`). */
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { endWithThis } from "../lanes/end-with-this.ts";

export interface ProcessFigures {
  /** The largest resident memory. */
  readonly residentMiBMax: number;
  /** The longest time for which the event loop stood still. */
  readonly blockMsMax: number;
  /** The most CPU time that the thread of the event loop used between two of its turns. */
  readonly computingMsMax: number;
}

export interface Ended {
  /** Null after a signal. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
  /** Null where the process could not write them, as after running out of memory. */
  readonly figures: ProcessFigures | null;
}

export interface MeasuredProgram {
  readonly main: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** For the figures. */
  readonly directory: string;
}

export interface MeasuredProcess {
  readonly ended: Promise<Ended>;
  signal(name: NodeJS.Signals): void;
  /** Resolves with true once this text stands on standard error, and with false where the process ends without it. */
  says(part: string): Promise<boolean>;
  /** Resolves with what the pattern found, and with null where the process ends without it. */
  tells(pattern: RegExp, on?: "stdout" | "stderr"): Promise<readonly string[] | null>;
}

const PRELOAD = new URL("./measure-process.ts", import.meta.url).href;
const MS_PER_SECOND = 1_000;

/** The program of a lane lies beside the index of its package. */
export function programOf(indexUrl: string): string {
  return fileURLToPath(new URL("main.ts", indexUrl));
}

export function startMeasured({ main, args, environment, directory }: MeasuredProgram): MeasuredProcess {
  const file = join(directory, "figures.json");
  const beganMs = performance.now();
  const child = spawn(process.execPath, ["--import", PRELOAD, main, ...args], {
    env: { ...process.env, ...environment, LARGE_LOADS_FIGURES: file },
    stdio: ["ignore", "pipe", "pipe"],
  });
  endWithThis(child);
  const [stdout, stderr] = [collected(child.stdout), collected(child.stderr)];
  const closed = new Promise<number | null>((resolve) => child.once("close", resolve));
  const ended = closed.then(async (exitCode): Promise<Ended> => {
    const seconds = (performance.now() - beganMs) / MS_PER_SECOND;
    return { exitCode, stdout: stdout(), stderr: stderr(), seconds, figures: await figuresOf(file) };
  });
  const tells: MeasuredProcess["tells"] = (pattern, on = "stderr") =>
    new Promise((resolve) => {
      const text = on === "stderr" ? stderr : stdout;
      const look = (): void => {
        const found = pattern.exec(text());
        if (found === null) return;
        child[on].off("data", look);
        resolve(found);
      };
      child[on].on("data", look);
      void closed.then(() => resolve(pattern.exec(text())));
      look();
    });
  const says = async (part: string): Promise<boolean> => {
    const escaped = part.replaceAll(/[^\w\s]/g, (character) => `\\${character}`);
    return (await tells(new RegExp(escaped))) !== null;
  };
  return { ended, says, tells, signal: (name) => void child.kill(name) };
}

function collected(stream: Readable): () => string {
  let text = "";
  stream.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  return () => text;
}

async function figuresOf(file: string): Promise<ProcessFigures | null> {
  return await readFile(file, "utf8").then(
    (json) => JSON.parse(json) as ProcessFigures,
    () => null,
  );
}
