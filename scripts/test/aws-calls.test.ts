/** Calls to AWS that a run recorded are compared with the rights of their programs. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readAwsCalls } from "../aws-calls.ts";
import { programOf } from "../program-of.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "trilane-calls-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("recorded calls", () => {
  it("are no problem where the program has the right", () => {
    writeFileSync(join(folder, "api.txt"), "dynamodb:GetItem\ndynamodb:GetItem\n");
    const { made, problems } = readAwsCalls(folder);
    expect(problems).toEqual([]);
    expect(made.get("api")).toEqual(["dynamodb:GetItem"]);
  });

  it("are named with their program where it has not", () => {
    writeFileSync(join(folder, "api.txt"), "dynamodb:PutItem\n");
    writeFileSync(
      join(folder, "tests.txt"),
      "dynamodb:PutItem\ndynamodb:DeleteTable\ndynamodb:ExportTableToPointInTime\n",
    );
    expect(readAwsCalls(folder).problems).toEqual([
      "api called dynamodb:PutItem, which docs/rights.md does not give to it",
      "tests called dynamodb:ExportTableToPointInTime, which docs/rights.md does not give to it",
    ]);
  });
});

it.each([
  [["/r/apps/batch-loader/src/main.ts", "s3://b/a"], "load"],
  [["/r/apps/cli/src/main.ts", "apply"], "setup"],
  [["/r/apps/cli/src/main.ts", "audit"], "operator"],
  [["/r/apps/cli/src/main.ts", "--json", "erase", "--subject", "P-1"], "eraser"],
  [["/r/apps/torture/src/processes/job-lane.ts"], "worker"],
  [["/r/node_modules/vitest/vitest.mjs", "run"], "tests"],
])("the program of %s is %s", (args, program) => {
  expect(programOf(args)).toBe(program);
});
