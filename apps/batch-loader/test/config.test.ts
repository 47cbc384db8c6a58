import { SettingsError } from "@trilane/lane-kit";
import { describe, expect, test } from "vitest";
import { loadUsage, readLoadConfig } from "../src/config.ts";

describe("the arguments of a load", () => {
  test("are read", () => {
    expect(readLoadConfig(["--group", "routes", "s3://b/x/", "--json"])).toEqual({
      group: "routes",
      source: "s3://b/x/",
      skipUnchanged: false,
      isManifest: false,
      isJson: true,
      loadId: null,
      filter: { include: [], exclude: [] },
      deadMax: null,
    });
    const patterns = ["--include", "*.csv", "--include", "a/**", "--exclude", "b/**"];
    expect(readLoadConfig(["-g", "routes", "s3://b/x/", ...patterns, "--dead-max", "5"])).toMatchObject({
      filter: { include: ["*.csv", "a/**"], exclude: ["b/**"] },
      deadMax: { kind: "rows", rows: 5 },
    });
  });

  test.each([
    [["s3://b/x/"]],
    [["--group", "routes"]],
    [["--group", "routes", "a", "b"]],
    [["--nope"]],
    [["--group", "a", "b", "--dead-max", "few"]],
  ])("are refused: %s", (args) => {
    expect(() => readLoadConfig(args)).toThrow(SettingsError);
  });

  test("are all in the usage text", () => {
    for (const option of ["group", "include", "exclude", "dead-max", "manifest", "load-id", "json"]) {
      expect(loadUsage).toContain(`--${option} `);
    }
  });
});
