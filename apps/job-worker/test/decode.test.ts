import { describe, expect, test } from "vitest";
import { JOB_BYTES_MAX, checkSize, JOB_RECORDS_MAX, parseJob } from "../src/decode.ts";

describe("payloads of jobs", () => {
  test.each([
    ["put", { group: "routes", records: [{ origin: "SEA" }, "anything: the group says what a record is"] }],
    ["delete", { group: "routes", keys: [{ origin: "SEA", destination: "SFO" }] }],
    ["refresh", { group: "routes", key: { origin: "SEA", destination: "SFO" } }],
    ["load", { group: "routes", source: "s3://bucket/flights.parquet" }],
  ])("of %s are taken", (name, data) => {
    expect(parseJob(name, data)).toEqual({ name, data });
  });

  test.each([
    ["put", null, "payload"],
    ["put", {}, "group"],
    ["put", { group: "routes" }, "records"],
    ["put", { group: "routes", records: [] }, "records"],
    ["put", { group: "routes", records: {} }, "records"],
    ["put", { group: 7, records: [1] }, "group"],
    ["put", { group: "routes", records: [1], priority: 1 }, "priority"],
    ["put", { group: "routes", records: new Array(JOB_RECORDS_MAX + 1).fill({}) }, "records"],
    ["delete", { group: "routes", records: [{}] }, "keys"],
    ["refresh", { group: "routes", key: "SEA" }, "key"],
    ["refresh", { group: "routes", key: ["SEA"] }, "key"],
    ["load", { group: "routes", source: "" }, "source"],
  ])("of %s that are wrong name the field: %j", (name, data, field) => {
    expect(() => parseJob(name, data)).toThrow(expect.objectContaining({ code: "INVALID_JOB" }));
    expect(() => parseJob(name, data)).toThrow(field);
  });

  test.each(["puts", "", "__proto__", "toString"])("of a job that does not exist are refused: %j", (name) => {
    expect(() => parseJob(name, {})).toThrow(/put, delete, refresh, load/);
  });

  test("that are too large or no JSON are refused before they are sent", () => {
    const large = { group: "g", records: ["x".repeat(JOB_BYTES_MAX)] };
    expect(() => checkSize(parseJob("put", large))).toThrow(/bytes/);
    expect(() => checkSize(parseJob("put", { group: "g", records: [1n] }))).toThrow(/no JSON/);
  });
});
