/**
 * Runs all tests: style, types, unit, integration on real servers, and a small
 * demo. Steps that need no servers run beside the integration tests, which wait
 * more than they compute. The servers' addresses are in the environment
 * (`scripts/run.mjs test` starts them). Ends with one line, "N passed, N
 * failed".
 */
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { type RunnableStep, runStepsEach, runStepsInBackground } from "./run-steps.ts";

const DEMO_ROWS = "60000";

interface VitestStep extends Extract<RunnableStep, { readonly command: unknown }> {
  readonly report: string;
}

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
}

interface Counts {
  readonly passed: number;
  readonly failed: number;
}

const units = vitestStep("unit");
const luaMutants = vitestStep("lua-mutants");
const integration = vitestStep("integration");
const suites: readonly VitestStep[] = [units, luaMutants, integration];
const withoutServers: readonly RunnableStep[] = [
  { name: "lint", command: ["node", "scripts/lint.ts"] },
  { name: "types", command: ["tsc", "-b"] },
  { name: "types of scripts", command: ["tsc", "-p", "scripts/tsconfig.json"] },
  units,
  luaMutants,
];
const withServers: readonly RunnableStep[] = [
  integration,
  { name: "demo, small", command: ["node", "apps/demo/src/main.ts", "--rows", DEMO_ROWS] },
];

mkdirSync(".trilane", { recursive: true });
for (const { report } of suites) rmSync(report, { force: true });
const background = runStepsInBackground(withoutServers);
const results = [...(await runStepsEach(withServers)), ...(await background)];
const counts = results.map(({ name, isOk }) => countsOf(name, isOk));
const passed = counts.reduce((sum, count) => sum + count.passed, 0);
const failed = counts.reduce((sum, count) => sum + count.failed, 0);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

function vitestStep(project: string): VitestStep {
  const report = `.trilane/test-report-${project}.json`;
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  return { name: project, command: ["vitest", "run", "--project", project, ...reporters], report };
}

/** Vitest counts its tests. A run that broke without a failed test, or that counted none, is a failure too. */
function countsOf(name: string, isOk: boolean): Counts {
  const step = suites.find((candidate) => candidate.name === name);
  if (step === undefined) return { passed: Number(isOk), failed: Number(!isOk) };
  const { passed, failed } = readReport(step.report);
  const hasBroken = passed === 0 || (!isOk && failed === 0);
  return { passed, failed: failed + Number(hasBroken) };
}

function readReport(report: string): Counts {
  try {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, "utf8")) as VitestReport;
    return { passed: numPassedTests, failed: numFailedTests };
  } catch {
    return { passed: 0, failed: 0 };
  }
}
