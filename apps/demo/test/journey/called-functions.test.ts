import { describe, expect, it } from "vitest";
import { addedCalls, calledFunctions, journeyText, type ScriptCoverage } from "../../src/journey/called-functions.ts";

function script(
  path: string,
  ...functions: readonly (readonly [name: string, offset: number, count: number])[]
): ScriptCoverage {
  return {
    url: `file:///repository/${path}`,
    functions: functions.map(([functionName, startOffset, count]) => ({
      functionName,
      ranges: [{ startOffset, count }],
    })),
  };
}

const WRITER = "packages/write-through/src/writer.ts";
const LANE = "apps/stream-consumer/src/consume.ts";

describe("the journey of a record", () => {
  it("has the functions of sources that were called, and neither modules that were loaded nor other people's code", () => {
    const scripts = [
      script(WRITER, ["", 0, 1], ["write", 90, 2], ["close", 200, 0]),
      script("node_modules/kafkajs/index.js", ["fetch", 10, 1]),
      { url: "node:fs", functions: [] },
    ];
    expect(calledFunctions(scripts, "/repository")).toEqual([{ file: WRITER, name: "write", offset: 90 }]);
  });

  it("leaves out what is called without a record as well", () => {
    const idle = calledFunctions([script(LANE, ["beat", 10, 9])], "/repository");
    const busy = calledFunctions([script(LANE, ["beat", 10, 3], ["handle", 50, 1])], "/repository");
    expect(addedCalls(idle, busy)).toEqual([{ file: LANE, name: "handle", offset: 50 }]);
  });

  it("names each function once, in the order of its file, and counts those without a name", () => {
    const calls = calledFunctions(
      [script(WRITER, ["write", 90, 1], ["", 95, 1]), script(LANE, ["handle", 50, 1])],
      "/repository",
    );
    expect(journeyText(calls)).toBe(
      `- \`${LANE}\`: handle\n- \`${WRITER}\`: write, 1 without a name\n\n2 files, 3 functions`,
    );
  });
});
