/**
 * Runs all tests: style, types, unit, integration on real servers, and a small
 * demo. Integration tests wait more than they compute. So the steps that need no
 * servers run beside the fault runs and the command, and after them those of the
 * lanes and of the core's adapters do. The servers' addresses are in the environment
 * (`scripts/run.mjs test` starts them). Ends with the slowest files, with the
 * failures, with the actions of AWS that each program needed, of which one that
 * docs/rights.md does not give is a failure, and with one line, "N passed, N failed".
 */
import { globSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { readAwsCalls } from "./aws-calls.ts";
import { type RunnableStep, type StepResult, runStepsEach, runStepsInBackground } from "./run-steps.ts";
import { type FinishedStep, type VitestReport, failureLines, failuresIn, slowestFileLines } from "./test-report.ts";

/** On servers with TLS and logins; the demo on the open ones is run by tests of its own. */
const DEMO = ["--rows", "30000", "--secured", "--kill", "batch"];
/** The folder for the actions that each program's calls to AWS needed. */
const AWS_CALLS = ".trilane/aws-calls";
const RECORDER = new URL("record-aws-calls.ts", import.meta.url).href;

interface VitestStep extends Extract<RunnableStep, { readonly command: unknown }> {
  readonly report: string;
}

interface TestFilter {
  readonly name?: string;
  /** The files of the tests; none: all tests of the project. */
  readonly paths?: readonly string[];
}

interface Counts {
  readonly passed: number;
  readonly failed: number;
}

const units = vitestStep("unit");
const luaMutants = vitestStep("lua-mutants");
/** Each has its own tables, topics, queues and caches on the servers that they share. */
const BESIDE = /^(apps\/(batch-loader|edges|feature-api|job-worker|stream-consumer)|packages\/write-through)\//;
/** They wait for clusters most of their time, so they go to the side that has less to do. */
const CLUSTERS = /cluster-[a-z]+\.integration\.test\.ts$/;
const runsBeside = (path: string): boolean => BESIDE.test(path) && !CLUSTERS.test(path);
const integrationTests = globSync("{apps,packages,infra}/*/test/**/*.integration.test.ts");
const beside = integrationStep("lanes, adapters", integrationTests.filter(runsBeside));
const others = integrationStep(
  "servers, fault runs, command",
  integrationTests.filter((path) => !runsBeside(path)),
);
const suites: readonly VitestStep[] = [units, luaMutants, beside, others];
const withoutServers: readonly RunnableStep[] = [
  { name: "lint", command: ["node", "scripts/lint.ts"] },
  { name: "types", command: ["tsc", "-b"] },
  { name: "types of scripts", command: ["tsc", "-p", "scripts/tsconfig.json"] },
  units,
  luaMutants,
];
const withServers: readonly RunnableStep[] = [
  others,
  { name: "demo, secured, its load killed", command: ["node", "apps/demo/src/main.ts", ...DEMO] },
];

mkdirSync(".trilane", { recursive: true });
rmSync(AWS_CALLS, { recursive: true, force: true });
// Every process of the run inherits them.
process.env["RECORD_AWS_CALLS"] = resolve(AWS_CALLS);
process.env["NODE_OPTIONS"] = `${process.env["NODE_OPTIONS"] ?? ""} --import=${RECORDER}`.trim();
for (const { report } of suites) rmSync(report, { force: true });
const background = runStepsInBackground(withoutServers).then(async (results) => [
  ...results,
  ...(await runStepsInBackground([beside], { niceness: 0 })),
]);
const results = [...(await runStepsEach(withServers)), ...(await background)].map(finishedStep);
const counts = results.map(countsOf);
const failedSteps = results.filter((_, index) => counts[index]?.failed !== 0);
const ending = [
  ...results.flatMap((step) => slowestFileLines(step, process.cwd())),
  ...failedSteps.flatMap((step) => failureLines(step, process.cwd())),
];
for (const line of ending) console.log(line);
const { made, problems } = readAwsCalls(AWS_CALLS);
for (const [program, actions] of made) console.log(`calls to AWS: ${program}: ${actions.join(", ")}`);
for (const problem of problems) console.log(`FAILED: ${problem}`);
const callsAreAllowed = made.size > 0 && problems.length === 0;
const passed = counts.reduce((sum, count) => sum + count.passed, 0) + Number(callsAreAllowed);
const failed = counts.reduce((sum, count) => sum + count.failed, 0) + Number(!callsAreAllowed);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

function vitestStep(project: string, { name = project, paths = [] }: TestFilter = {}): VitestStep {
  const report = `.trilane/test-report-${name.replaceAll(/[^a-z-]/g, "")}.json`;
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  return { name, command: ["vitest", "run", "--project", project, ...paths, ...reporters], report };
}

function integrationStep(name: string, paths: readonly string[]): VitestStep {
  return vitestStep("integration", { name: `integration: ${name}`, paths });
}

function finishedStep(result: StepResult): FinishedStep {
  const suite = suites.find(({ name }) => name === result.name);
  const report = suite === undefined ? undefined : readReport(suite.report);
  return report === undefined ? result : { ...result, report };
}

function readReport(report: string): VitestReport | undefined {
  try {
    return JSON.parse(readFileSync(report, "utf8")) as VitestReport;
  } catch {
    return undefined;
  }
}

/** A run that broke without a failed test, or that counted none, is a failure too. */
function countsOf({ name, isOk, report }: FinishedStep): Counts {
  if (suites.every((suite) => suite.name !== name)) return { passed: Number(isOk), failed: Number(!isOk) };
  const [passed, failed] = report === undefined ? [0, 0] : [report.numPassedTests, failuresIn(report)];
  const hasBroken = passed === 0 || (!isOk && failed === 0);
  return { passed, failed: failed + Number(hasBroken) };
}
