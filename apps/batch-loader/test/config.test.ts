import { describe, expect, test } from "vitest";
import { readCommandLine } from "../src/config.ts";

describe("the command line", () => {
  test("is read", () => {
    expect(readCommandLine(["--group", "routes", "s3://b/x/", "--json"])).toEqual({
      kind: "load",
      arguments: {
        group: "routes",
        source: "s3://b/x/",
        isManifest: false,
        isJson: true,
        loadId: null,
        filter: { include: [], exclude: [] },
        deadMax: null,
      },
    });
    const patterns = ["--include", "*.csv", "--include", "a/**", "--exclude", "b/**"];
    expect(readCommandLine(["--group", "routes", "s3://b/x/", ...patterns])).toMatchObject({
      arguments: { filter: { include: ["*.csv", "a/**"], exclude: ["b/**"] } },
    });
    expect(readCommandLine(["--help"])).toEqual({ kind: "help" });
  });

  test.each([
    [["s3://b/x/"]],
    [["--group", "routes"]],
    [["--group", "routes", "a", "b"]],
    [["--nope"]],
    [["--group", "a", "b", "--dead-max", "few"]],
  ])("is refused: %s", (args) => expect(readCommandLine(args).kind).toBe("wrong"));
});
