import { expect, it } from "vitest";
import { loadSettings, makeJobKey, SettingsError } from "../../src/index.ts";
import { parseJobKeys } from "../../src/access/job-keys.ts";

const KEY = makeJobKey();

function refusalOf(file: unknown): string {
  const parsed = parseJobKeys(JSON.stringify(file));
  return parsed.kind === "refused" ? parsed.reason : "not refused";
}

it("gives each client one key or two", () => {
  const parsed = parseJobKeys(JSON.stringify({ keys: { checkout: [KEY], backfill: [KEY, makeJobKey()] } }));
  if (parsed.kind === "refused") throw new Error(parsed.reason);
  expect(parsed.value.get("checkout")).toEqual([KEY]);
  expect(parsed.value.get("backfill")).toHaveLength(2);
  expect(parsed.value.get("constructor")).toBeUndefined();
});

it.each([
  ["S3CRET", /^the file: expected \{ "keys"/],
  [{ keys: { checkout: "S3CRET" } }, /^keys\.checkout: expected a list of one or 2 keys/],
  [{ keys: { checkout: [] } }, /^keys\.checkout: expected a list of one or 2 keys/],
  [{ keys: { checkout: [KEY, KEY, KEY] } }, /^keys\.checkout: expected a list of one or 2 keys/],
  [{ keys: { checkout: [KEY, "S3CRET"] } }, /^keys\.checkout\[1\]: expected a key of 32 to 512/],
  [{ keys: {}, S3CRET: 1 }, /^the file: expected \{ "keys"/],
])("is refused with the place and the remedy, and without what stands there: %j", (file, reason) => {
  expect(refusalOf(file)).toMatch(reason);
  expect(refusalOf(file)).not.toContain("S3CRET");
});

const good = { TRILANE_CACHE_URL: "redis://127.0.0.1:6379" };

it("signs what a process sends where client and key are set", () => {
  const { jobSigning } = loadSettings({ ...good, TRILANE_JOB_CLIENT: "checkout", TRILANE_JOB_KEY: KEY });
  expect([jobSigning?.client, jobSigning?.key()]).toEqual(["checkout", KEY]);
  expect(loadSettings(good).jobSigning).toBeUndefined();
});

it.each([
  [{ TRILANE_JOB_CLIENT: "checkout" }, /^TRILANE_JOB_KEY: is not set/],
  [{ TRILANE_JOB_KEY: KEY }, /^TRILANE_JOB_CLIENT: is not set/],
  [{ TRILANE_JOB_CLIENT: "checkout", TRILANE_JOB_KEY: "S3CRET" }, /^TRILANE_JOB_KEY: is no key of a client/],
  [{ TRILANE_JOB_CLIENT: "S3CRET S3CRET", TRILANE_JOB_KEY: KEY }, /^TRILANE_JOB_CLIENT: expected a name/],
])("is refused: %j", (environment, message) => {
  const read = (): unknown => loadSettings({ ...good, ...environment });
  expect(read).toThrow(SettingsError);
  expect(read).toThrow(message);
  expect(read).not.toThrow(/S3CRET/);
});
