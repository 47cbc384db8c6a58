import { describe, expect, it } from "vitest";
import { SettingsError } from "../src/index.ts";
import { type OptionDeclarations, optionsText, readOptions, wholeNumber } from "../src/options.ts";

const declarations = {
  topic: { value: "<topic>", isRepeatable: true, short: "t", variable: "X_TOPICS", text: "a topic" },
  group: { value: "<id>", variable: "X_GROUP", text: "the group" },
  manifest: { text: "it is a manifest" },
} as const satisfies OptionDeclarations;

const read = (args: readonly string[], environment = {}) =>
  readOptions(declarations, args, { environment, positionalsMax: 1 });

describe("readOptions", () => {
  it("gives each option its value, or that there is none", () => {
    expect(read([])).toEqual({ values: { topic: [], group: null, manifest: false }, positionals: [] });
    expect(read(["--topic", "a", "-t", "b", "--group", "g", "--manifest", "source"])).toEqual({
      values: { topic: ["a", "b"], group: "g", manifest: true },
      positionals: ["source"],
    });
  });

  it("takes from the environment what no argument gives; an empty variable is none", () => {
    const environment = { X_TOPICS: "a,b,", X_GROUP: "g" };
    expect(read([], environment).values).toMatchObject({ topic: ["a", "b"], group: "g" });
    expect(read(["-t", "c", "--group", "h"], environment).values).toMatchObject({ topic: ["c"], group: "h" });
    expect(read([], { X_TOPICS: "", X_GROUP: "" }).values).toMatchObject({ topic: [], group: null });
  });

  it.each([
    [["--topics", "a"], "--topics"],
    [["--group"], "--group"],
    [["--manifest=yes"], "--manifest"],
    [["source", "another"], '"another" is one too many'],
  ])("refuses %j, naming it", (args, named) => {
    expect(() => read(args)).toThrow(SettingsError);
    expect(() => read(args)).toThrow(named);
  });
});

describe("wholeNumber", () => {
  it("reads a number within its bounds", () => {
    expect(wholeNumber("jobs-max", null, { min: 1 })).toBeNull();
    expect(wholeNumber("jobs-max", "16", { min: 1, max: 16 })).toBe(16);
  });

  it.each(["", "soon", "0", "17", "1.5", "1e1", "-4"])('refuses "%s" with the option and what is expected', (text) => {
    expect(() => wholeNumber("jobs-max", text, { min: 1, max: 16 })).toThrow(
      `--jobs-max: it is "${text}"; give a whole number, 1 to 16`,
    );
  });
});

describe("optionsText", () => {
  it("has one aligned line for each option", () => {
    expect(optionsText(declarations)).toBe(
      [
        "  -t, --topic <topic>  a topic (X_TOPICS)",
        "  --group <id>         the group (X_GROUP)",
        "  --manifest           it is a manifest",
      ].join("\n"),
    );
  });
});
