import { CoreError } from "@trilane/write-through";
import { describe, expect, it } from "vitest";
import { CliError, exitCodeOf, shownError } from "../src/errors.ts";
import { EXIT } from "../src/exit-codes.ts";
import { createOutput } from "../src/output.ts";

describe("errors and output", () => {
  it("gives codes for scripts and remedies for people", () => {
    expect(exitCodeOf(new CliError("NO_SERVERS", "none"))).toBe(EXIT.usage);
    expect(exitCodeOf(new CoreError("STORE_UNAVAILABLE", "no answer"))).toBe(EXIT.tryAgain);
    expect(exitCodeOf(new CoreError("STORE_REJECTED", "denied"))).toBe(EXIT.failure);
    expect(exitCodeOf("thrown text")).toBe(EXIT.failure);
    expect(shownError(new CoreError("CACHE_LOST", "another guard"))).toMatch(/trilane cache status/);
    const missing = Object.assign(new Error("no table"), { name: "ResourceNotFoundException" });
    expect(shownError(new CoreError("STORE_REJECTED", "refused", { cause: missing }))).toMatch(/trilane apply/);
  });

  it("writes data to stdout and notes to stderr", () => {
    const written: string[] = [];
    const streams = {
      stdout: { write: (text: string) => written.push(`out ${text}`) },
      stderr: { write: (text: string) => written.push(`err ${text}`) },
    };
    createOutput(true, streams).result({ a: 1 }, "text");
    createOutput(false, streams).result({ a: 1 }, "text");
    createOutput(true, streams).note("progress");
    expect(written).toEqual(['out {"a":1}\n', "out text\n", "err progress\n"]);
  });
});
