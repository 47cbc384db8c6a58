/**
 * A key that holds a version a day in the future begins anew, while its reader
 * goes on.
 */
import { cacheConfig, type ServerHandle, startRedis } from "@trilane/servers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Ended, ownEnvironment, ownNames, trilane } from "../trilane-command.ts";

const names = ownNames();
const LEASE_MS = "400";
let cache: ServerHandle;
let environment: NodeJS.ProcessEnv;
const run = (...args: string[]): Promise<Ended> => trilane(environment, args);
const put = async (date: string, delay: number) => {
  const record = JSON.stringify({ origin: "SEA", destination: "SFO", date, delay, distance: 679 });
  const { stdout } = await run("put", "routes", record, "--json");
  return (JSON.parse(stdout) as { receipts: readonly { status: string; version: string }[] }).receipts[0];
};
const unblock = async (version: string) =>
  run("unblock", "routes", "SEA", "SFO", "--holding", version, "--reason", "a clock was ahead", "--json");

beforeAll(async () => {
  cache = await startRedis({ name: "cache", config: cacheConfig() });
  environment = ownEnvironment({ ...names, TRILANE_CACHE_URL: cache.url, TRILANE_CACHE_LEASE_MS: LEASE_MS });
  expect(await run("apply")).toMatchObject({ code: 0 });
});
afterAll(() => cache.stop());

it("loses exactly the version that was named, and takes older records again", async () => {
  const ahead = await put("2001-06-30T00:00:00Z", 99);
  expect(await put("2001-06-01T00:00:00Z", 1)).toMatchObject({ status: "superseded" });
  // The stated version is not the one that is there, so nothing happens, and the cache stays on.
  const mistyped = `${ahead?.version.slice(0, -1) ?? ""}${ahead?.version.endsWith("0") === true ? "1" : "0"}`;
  expect(await unblock(mistyped)).toMatchObject({ code: 3, stdout: expect.stringContaining('"isUnblocked":false') });
  expect(await unblock(ahead?.version ?? "")).toMatchObject({ code: 0 });
  expect((await run("get", "routes", "SEA", "SFO")).stdout).toMatch(/no record|never/i);
  expect(await put("2001-06-01T00:00:00Z", 1)).toMatchObject({ status: "applied" });
  expect((await run("get", "routes", "SEA", "SFO", "--json")).stdout).toContain('"delay":1');
  const status = JSON.parse((await run("cache", "status", "--json")).stdout) as { cacheEpoch: { isHeld: boolean } };
  expect(status.cacheEpoch.isHeld).toBe(false);
});
