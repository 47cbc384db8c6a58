import { SettingsError } from "@trilane/lane-kit";
import { describe, expect, test } from "vitest";
import { readJobConfig } from "../src/config.ts";

describe("the worker's settings", () => {
  test("come from flags, else from the environment", () => {
    expect(
      readJobConfig(["--queue", "q", "--jobs-max", "4", "--lock-ms", "3000"], { TRILANE_RESOLVERS: "./r.ts" }),
    ).toEqual({
      queue: "q",
      access: { jobs: ["put", "delete", "refresh", "load"], loadFrom: [] },
      resolversPath: "./r.ts",
      limits: { jobsMax: 4, lockMs: 3_000, stalledIntervalMs: 1_000 },
    });
    expect(readJobConfig([], {})).toMatchObject({ limits: {} });
    expect(
      readJobConfig(["--jobs", "put,delete", "--dead-max", "1%"], { TRILANE_LOAD_FROM: "s3://a/,s3://b/" }),
    ).toMatchObject({
      access: { jobs: ["put", "delete"], loadFrom: ["s3://a/", "s3://b/"] },
      deadMax: { kind: "share", share: 0.01 },
    });
  });

  test.each([
    [["--lock-ms", "soon"]],
    [["--jobs-max", "0"]],
    [["--jobs", "remove"]],
    [["--load-from", "http://x"]],
    [["--dead-max", "few"]],
    [["--what"]],
    [["a"]],
  ])("refuse %j", (args) => {
    expect(() => readJobConfig(args, {})).toThrow(SettingsError);
  });
});
