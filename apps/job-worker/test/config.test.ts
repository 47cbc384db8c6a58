import { describe, expect, test } from "vitest";
import { readWorkerConfig } from "../src/config.ts";

describe("the worker's settings", () => {
  test("come from flags, else from the environment", () => {
    expect(
      readWorkerConfig(["--queue", "q", "--jobs-max", "4", "--lock-ms", "3000"], { TRILANE_RESOLVERS: "./r.ts" }),
    ).toEqual({
      queue: "q",
      resolversPath: "./r.ts",
      limits: { jobsMax: 4, lockMs: 3_000, stalledIntervalMs: 1_000 },
    });
    expect(readWorkerConfig([], {})).toEqual({ queue: "trilane", limits: {} });
  });

  test.each([[["--lock-ms", "soon"]], [["--jobs-max", "0"]], [["--what"]]])("refuse %j", (args) => {
    expect(() => readWorkerConfig(args, {})).toThrow(expect.objectContaining({ code: "INVALID_SETTING" }));
  });
});
