import { putOf, versionOf } from "@trilane/write-through/testing";
import { describe, expect, it } from "vitest";
import { copyOf, itemOf } from "../../src/dynamodb/item.ts";
import { CoreError, NO_VERSION, type StorePut } from "../../src/index.ts";

const tombstone: StorePut = {
  key: "a",
  version: versionOf(2),
  body: { payload: null, expiresAtMs: 4_000_000_000_000 },
};

describe("an item of the table", () => {
  it.each([
    ["a record", putOf("a", 1)],
    ["a tombstone", tombstone],
    ["a record of a person", { ...putOf("a", 1), subject: "p-1" }],
  ])("brings %s back as it was", (_, put) => {
    expect(copyOf(itemOf(put))).toEqual({ version: put.version, body: put.body });
  });

  it("has a subject, by which it is indexed, only where the record has one", () => {
    expect(itemOf(putOf("a", 1))["s"]).toBeUndefined();
    expect(itemOf({ ...putOf("a", 1), subject: "p-1" })["s"]).toEqual({ S: "p-1" });
  });

  it("expires by the second", () => {
    expect(itemOf(tombstone)["x"]).toEqual({ N: "4000000000" });
  });

  it("that is not there is no record", () => {
    expect(copyOf(undefined)).toEqual({ version: NO_VERSION, body: null });
  });

  it.each([
    ["no version", { v: undefined }],
    ["a version of another width", { v: { S: "1" } }],
    ["no payload", { d: undefined }],
    ["text for a payload", { d: { S: "x" } }],
    ["no expiry", { x: undefined }],
    ["an expiry that is no number", { x: { N: "soon" } }],
  ])("with %s is not a record of ours, and is named", (_, change) => {
    const item = Object.fromEntries(
      Object.entries({ ...itemOf(putOf("a", 1)), ...change }).filter(([, value]) => value),
    );
    expect(() => copyOf(item as ReturnType<typeof itemOf>)).toThrow(CoreError);
    expect(() => copyOf(item as ReturnType<typeof itemOf>)).toThrow('the item "a" is not a record');
  });
});
