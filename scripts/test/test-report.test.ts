import { describe, expect, it } from "vitest";
import { type FinishedStep, failureLines, failuresIn, slowestFileLines } from "../test-report.ts";

const ROOT = "/project";

describe("the end of npm test", () => {
  it("names step, file and test of a failure, with the first lines of its message without colours", () => {
    const message = "AssertionError: \u001B[31mexpected 1 to be 2\u001B[39m\n\n    at a.test.ts:1\n    at b\n    at c";
    const step = suite([fileOf("a.test.ts", [failedTest("adds up", message), passedTest("runs")])]);
    expect(failureLines(step, ROOT)).toEqual([
      "--- failed: unit",
      "  a.test.ts: adds up",
      "    AssertionError: expected 1 to be 2",
      "    at a.test.ts:1",
      "    at b",
    ]);
  });

  it("gives the end of the output of a step that is no suite", () => {
    const step: FinishedStep = { name: "types", isOk: false, lastLines: ["a.ts(1,1): error TS1"] };
    expect(failureLines(step, ROOT)).toEqual(["--- failed: types", "  | a.ts(1,1): error TS1"]);
  });

  it("gives the end of the output too when a hook failed, which the report does not explain", () => {
    const step = { ...suite([fileOf("a.test.ts", [])]), lastLines: ["Error: no server"] };
    expect(failureLines(step, ROOT)).toEqual([
      "--- failed: unit",
      "  a.test.ts: the file as a whole",
      "  | Error: no server",
    ]);
  });

  it("counts a file whose hook failed beside the failed tests", () => {
    const files = [fileOf("a.test.ts", [passedTest("runs")]), fileOf("b.test.ts", [failedTest("adds up", "1")])];
    expect(failuresIn({ numPassedTests: 1, testResults: files })).toBe(2);
  });

  it("stays under 100 lines when everything failed, and says how many it leaves out", () => {
    const tests = Array.from({ length: 300 }, (_, index) => failedTest(`test ${index}`, "a\nb\nc\nd\ne\nf"));
    const lines = failureLines(suite([fileOf("a.test.ts", tests)]), ROOT);
    expect(lines.length).toBeLessThan(100);
    expect(lines.at(-1)).toBe("  and 282 more");
  });

  it("lists the ten slowest files, the slowest first", () => {
    const files = Array.from({ length: 12 }, (_, index) => ({
      ...fileOf(`${index}.test.ts`, []),
      endTime: index * 1_000,
    }));
    const lines = slowestFileLines(suite(files), ROOT);
    expect(lines).toHaveLength(11);
    expect(lines[1]).toBe("    11.0 s  11.test.ts");
  });
});

type Report = NonNullable<FinishedStep["report"]>;
type File = Report["testResults"][number];
type Test = File["assertionResults"][number];

function suite(testResults: readonly File[]): FinishedStep {
  return { name: "unit", isOk: false, lastLines: [], report: { numPassedTests: 0, testResults } };
}

function fileOf(path: string, assertionResults: readonly Test[]): File {
  return { name: `${ROOT}/${path}`, status: "failed", message: "", startTime: 0, endTime: 0, assertionResults };
}

function failedTest(fullName: string, message: string): Test {
  return { fullName, status: "failed", failureMessages: [message] };
}

function passedTest(fullName: string): Test {
  return { fullName, status: "passed", failureMessages: [] };
}
