/**
 * All tests: style, types, unit, integration on real servers, a small main
 * job. The servers' addresses are in the environment (`scripts/run.mjs test`
 * starts them). Ends with one line, "N passed, N failed".
 */
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { type RunnableStep, runStepsEach } from "./run-steps.ts";

const REPORT = ".trilane/test-report.json";
const DEMO_ROWS = "60000";

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
}

const before: readonly RunnableStep[] = [
  { name: "lint", command: ["node", "scripts/lint.ts"] },
  { name: "types", command: ["tsc", "-b"] },
  { name: "types of scripts", command: ["tsc", "-p", "scripts/tsconfig.json"] },
];
const vitest: RunnableStep = {
  name: "unit and integration",
  command: ["vitest", "run", "--reporter=default", "--reporter=json", `--outputFile.json=${REPORT}`],
};
const after: readonly RunnableStep[] = [
  { name: "main job, small", command: ["node", "apps/cli/src/main.ts", "demo", "--rows", DEMO_ROWS] },
];

mkdirSync(".trilane", { recursive: true });
rmSync(REPORT, { force: true });
const steps = [...(await runStepsEach(before)), ...(await runStepsEach([vitest])), ...(await runStepsEach(after))];
const tests = readReport();
const isVitestCounted = tests.passed + tests.failed > 0;
const others = steps.filter(({ name }) => !(isVitestCounted && name === vitest.name));
const passed = tests.passed + others.filter(({ isOk }) => isOk).length;
// A run that broke without a failed test is a failure all the same.
const hasBroken = steps.some(({ name, isOk }) => name === vitest.name && !isOk) && tests.failed === 0;
const failed = tests.failed + others.filter(({ isOk }) => !isOk).length + Number(hasBroken && isVitestCounted);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

function readReport(): { passed: number; failed: number } {
  try {
    const report = JSON.parse(readFileSync(REPORT, "utf8")) as VitestReport;
    return { passed: report.numPassedTests, failed: report.numFailedTests };
  } catch {
    return { passed: 0, failed: 0 };
  }
}
