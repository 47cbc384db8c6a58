import { SettingsError } from "@trilane/lane-kit";
import { describe, expect, test } from "vitest";
import { readJobConfig } from "../src/config.ts";

describe("the worker's settings", () => {
  test("come from flags, else from the environment", () => {
    expect(
      readJobConfig(["--queue", "q", "--jobs-max", "4", "--lock-ms", "3000"], { TRILANE_RESOLVERS: "./r.ts" }),
    ).toEqual({
      queue: "q",
      resolversPath: "./r.ts",
      limits: { jobsMax: 4, lockMs: 3_000, stalledIntervalMs: 1_000 },
    });
    expect(readJobConfig([], {})).toEqual({ queue: "trilane", limits: {} });
  });

  test.each([[["--lock-ms", "soon"]], [["--jobs-max", "0"]], [["--what"]], [["a"]]])("refuse %j", (args) => {
    expect(() => readJobConfig(args, {})).toThrow(SettingsError);
  });
});
