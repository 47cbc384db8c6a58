/**
 * Tells which program a process is, by its script. It imports nothing, because
 * it is loaded before every process of a test run.
 */
import type { ProgramWithRights } from "../packages/lane-kit/src/index.ts";

/** Programs by a part of their path. */
const PROGRAMS: Readonly<Record<string, ProgramWithRights>> = {
  "batch-loader/src/main.ts": "load",
  "processes/batch-lane.ts": "load",
  "stream-consumer/src/main.ts": "stream",
  "processes/stream-lane.ts": "stream",
  "job-worker/src/main.ts": "worker",
  "processes/job-lane.ts": "worker",
  "feature-api/src/main.ts": "api",
};
const COMMANDS: Readonly<Record<string, ProgramWithRights>> = {
  apply: "setup",
  erase: "eraser",
  subject: "eraser",
  load: "uploader",
};
const COMMAND_LINE = "cli/src/main.ts";
/** A process that is none of the programs, and `doctor`, which tries what it has no right to. */
export const TESTS = "tests";

/** @param args the path of the process's script, and its arguments */
export function programOf([script = "", ...args]: readonly string[]): ProgramWithRights | typeof TESTS {
  // Options of all commands may stand before the command.
  const command = args.find((arg) => !arg.startsWith("-")) ?? "";
  const path = script.replaceAll("\\", "/");
  if (path.endsWith(COMMAND_LINE)) return command === "doctor" ? TESTS : (COMMANDS[command] ?? "operator");
  const known = Object.entries(PROGRAMS).find(([end]) => path.endsWith(end));
  return known?.[1] ?? TESTS;
}
