import { defineConfig, defineGroup, FeatureGroupError, years } from "@trilane/feature-groups";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { CliError } from "../src/errors.ts";
import { readJson, readEntity, readText, readTimeUs, STDIN_BYTES_MAX } from "../src/read-arguments.ts";

const config = defineConfig({
  groups: {
    routes: defineGroup({
      key: ["origin", "destination"],
      eventTime: { field: "date", unit: "timestamp" },
      schema: z.object({}),
      ttlMs: years(1),
    }),
  },
});

describe("readEntity", () => {
  it("takes words in the order of the key fields", () => {
    expect(readEntity(config, "routes", ["SEA", "a b#\u{1F6EB}"]).key).toEqual({
      origin: "SEA",
      destination: "a b#\u{1F6EB}",
    });
  });

  it("says which field is missing, or that there are too many", () => {
    expect(() => readEntity(config, "routes", ["SEA"])).toThrow(
      /missing key field destination.*<origin> <destination>/,
    );
    expect(() => readEntity(config, "routes", ["New", "York", "SEA"])).toThrow(/3 key fields.*Quote values/);
    expect(() => readEntity(config, "routs", ["SEA"])).toThrow(FeatureGroupError);
  });
});

describe("readJson", () => {
  it("keeps integers exact", () => {
    expect(readJson('{"a":9007199254740993,"b":[1,-9223372036854775808],"c":1.5,"d":1e3}')).toEqual({
      a: 9007199254740993n,
      b: [1, -9223372036854775808n],
      c: 1.5,
      d: 1000,
    });
  });

  it("says what is wrong with the text", () => {
    expect(() => readJson("{a:1}")).toThrow(CliError);
    expect(() => readJson("")).toThrow(/not JSON.*Quote it for the shell/s);
  });
});

describe("readText", () => {
  it("reads stdin for -", async () => {
    const chunks = async function* (): AsyncGenerator<Buffer> {
      // Cut in the middle of a character.
      const bytes = Buffer.from('{"a":"ü"}');
      yield bytes.subarray(0, 7);
      yield bytes.subarray(7);
    };
    expect(await readText("-", chunks())).toBe('{"a":"ü"}');
    expect(await readText("{}", chunks())).toBe("{}");
  });

  it("refuses more than it holds", async () => {
    const chunks = async function* (): AsyncGenerator<Buffer> {
      yield Buffer.alloc(STDIN_BYTES_MAX);
      yield Buffer.alloc(1);
    };
    await expect(readText("-", chunks())).rejects.toThrow(/load a file instead/);
  });
});

describe("readTimeUs", () => {
  it("takes ISO times to the microsecond and refuses what does not exist", () => {
    expect(readTimeUs("1970-01-02T00:00:00.000001Z")).toBe(86_400_000_001);
    expect(() => readTimeUs("2001-02-30")).toThrow(/is not a time/);
    expect(() => readTimeUs("yesterday")).toThrow(CliError);
  });
});
