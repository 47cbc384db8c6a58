/**
 * The end of `npm test`: the slowest files of each suite, and after them each
 * failed test with its step, its file and the first lines of its message, so
 * that the last lines of a log are enough to know what failed.
 */
import { relative } from "node:path";
import { stripVTControlCharacters } from "node:util";

const SLOWEST_FILES_MAX = 10;
const FAILURES_MAX = 18;
const MESSAGE_LINES_MAX = 3;
const OUTPUT_LINES_MAX = 12;
const LINE_CHARACTERS_MAX = 240;

/** The parts of Vitest's JSON report that are read here. */
export interface VitestReport {
  readonly numPassedTests: number;
  readonly testResults: readonly TestFileResult[];
}

interface TestFileResult {
  /** The absolute path of the file. */
  readonly name: string;
  readonly status: string;
  /** Empty unless the file could not be imported. */
  readonly message: string;
  /** Both in ms since 1970. */
  readonly startTime: number;
  readonly endTime: number;
  readonly assertionResults: readonly TestResult[];
}

interface TestResult {
  readonly fullName: string;
  readonly status: string;
  readonly failureMessages: readonly string[];
}

export interface FinishedStep {
  readonly name: string;
  readonly isOk: boolean;
  /** The end of the step's output. */
  readonly lastLines: readonly string[];
  /** None for a step that is no suite of tests, and for a suite that broke before it wrote one. */
  readonly report?: VitestReport;
}

interface Failure {
  readonly file: string;
  readonly test: string;
  readonly message: string;
}

export function slowestFileLines({ name, report }: FinishedStep, root: string): readonly string[] {
  if (report === undefined) return [];
  const files = report.testResults
    .map(({ name: path, startTime, endTime }) => ({ path, seconds: (endTime - startTime) / 1_000 }))
    .toSorted((one, other) => other.seconds - one.seconds)
    .slice(0, SLOWEST_FILES_MAX);
  return [
    `--- slowest files: ${name}`,
    ...files.map(({ path, seconds }) => `${seconds.toFixed(1).padStart(8)} s  ${relative(root, path)}`),
  ];
}

/** For a step that failed, or that ran no test. */
export function failureLines({ name, report, lastLines }: FinishedStep, root: string): readonly string[] {
  const failures = report?.testResults.flatMap((file) => failuresOf(file, root)) ?? [];
  const isExplained = failures.length > 0 && failures.every(({ message }) => message !== "");
  const left = failures.length - FAILURES_MAX;
  return [
    `--- failed: ${name}`,
    ...failures.slice(0, FAILURES_MAX).flatMap(linesOf),
    ...(left > 0 ? [`  and ${left} more`] : []),
    ...(isExplained ? [] : lastLines.slice(-OUTPUT_LINES_MAX).map((line) => `  | ${plain(line)}`)),
  ];
}

/** The failed tests, and the files that failed as a whole: Vitest's own count has only the former. */
export function failuresIn(report: VitestReport): number {
  return report.testResults.flatMap((file) => failuresOf(file, "")).length;
}

/** A file whose hook failed has no failed test and no message: the step's output has the error. */
function failuresOf(file: TestFileResult, root: string): readonly Failure[] {
  const path = relative(root, file.name);
  const tests = file.assertionResults.filter(({ status }) => status === "failed");
  if (tests.length === 0 && file.status === "failed")
    return [{ file: path, test: "the file as a whole", message: file.message }];
  return tests.map(({ fullName, failureMessages }) => ({
    file: path,
    test: fullName,
    message: failureMessages.join("\n"),
  }));
}

function linesOf({ file, test, message }: Failure): readonly string[] {
  const messageLines = message.split("\n").filter((line) => line.trim() !== "");
  return [
    `  ${file}: ${plain(test)}`,
    ...messageLines.slice(0, MESSAGE_LINES_MAX).map((line) => `    ${plain(line.trim())}`),
  ];
}

function plain(line: string): string {
  return stripVTControlCharacters(line).slice(0, LINE_CHARACTERS_MAX);
}
