import { SettingsError } from "@trilane/lane-kit";
import { expect, test } from "vitest";
import { parseJob } from "../src/decode.ts";
import { accessDefault, checkAccess, isSourceAllowed, readAccess } from "../src/job-access.ts";

const load = (source: string) => parseJob("load", { group: "routes", source });

test("nothing is loaded that was not allowed", () => {
  expect(() => checkAccess(accessDefault, load("s3://payroll/2001.csv"))).toThrow(
    expect.objectContaining({ code: "JOB_NOT_ALLOWED", message: expect.stringContaining("--load-from") }),
  );
  const access = readAccess({ jobs: [], loadFrom: ["s3://flights/2001/"] });
  expect(() => checkAccess(access, load("s3://flights/2001/a.csv"))).not.toThrow();
  expect(() => checkAccess(access, load("s3://flights/2002/a.csv"))).toThrow(/not an allowed source/);
});

test.each([
  ["s3://flights/2001/", "s3://flights/2001/06/a.csv", true],
  ["s3://flights/2001/", "s3://flights/2001/", true],
  ["s3://flights/2001", "s3://flights/2001/a.csv", true],
  ["s3://flights/2001", "s3://flights/20011/a.csv", false],
  ["s3://flights", "s3://flights/a.csv", true],
  ["s3://flights", "s3://flights-of-others/a.csv", false],
  ["s3://flights/a.csv", "s3://flights/a.csv", true],
  ["s3://", "s3://any/thing", true],
])("%s allows %s: %s", (allowed, uri, isAllowed) => {
  expect(isSourceAllowed({ loadFrom: [allowed] }, uri)).toBe(isAllowed);
});

test("a worker runs the jobs that it was given, and no others", () => {
  const access = readAccess({ jobs: ["put,delete"], loadFrom: ["s3://"] });
  expect(() => checkAccess(access, parseJob("delete", { group: "routes", keys: [{}] }))).not.toThrow();
  expect(() => checkAccess(access, load("s3://flights/a.csv"))).toThrow(/runs put, delete, not "load"/);
});

test.each([
  [{ jobs: ["put,remove"], loadFrom: [] }, /"remove" is no job/],
  [{ jobs: [], loadFrom: ["flights/2001"] }, /expected s3:/],
])("%j is refused", (given, message) => {
  expect(() => readAccess(given)).toThrow(SettingsError);
  expect(() => readAccess(given)).toThrow(message);
});
