import { describe, expect, it } from "vitest";
import { loadSettings, SettingsError } from "../../src/index.ts";

describe("settings", () => {
  it("names the variable and the remedy", () => {
    expect(() => loadSettings({})).toThrow(SettingsError);
    expect(() => loadSettings({})).toThrow(/TRILANE_CACHE_URL: .*trilane up/);
    expect(() => loadSettings({ TRILANE_CACHE_URL: "http://nope" })).toThrow(/TRILANE_CACHE_URL/);
    const good = { TRILANE_CACHE_URL: "redis://127.0.0.1:6379" };
    expect(() => loadSettings({ ...good, TRILANE_API_PORT: "99999" })).toThrow(/TRILANE_API_PORT/);
    expect(loadSettings({ ...good, TRILANE_KAFKA_BROKERS: "a:1,b:2" }).kafkaBrokers).toEqual(["a:1", "b:2"]);
  });
});

describe("lives of copies and calls of the store", () => {
  const good = { TRILANE_CACHE_URL: "redis://127.0.0.1:6379" };

  it("are the core's where nothing is set", () => {
    const { cacheLifetime, storeCallsMax } = loadSettings(good);
    expect(cacheLifetime).toEqual({ ttlMs: 86_400_000, negativeTtlMs: 300_000 });
    expect(storeCallsMax).toBe(32);
  });

  it("are set, within bounds", () => {
    const settings = loadSettings({ ...good, TRILANE_CACHE_TTL_MS: "3600000", TRILANE_STORE_CALLS_MAX: "4" });
    expect(settings.cacheLifetime.ttlMs).toBe(3_600_000);
    expect(settings.storeCallsMax).toBe(4);
    expect(() => loadSettings({ ...good, TRILANE_CACHE_TTL_MS: "999" })).toThrow(/TRILANE_CACHE_TTL_MS: .*1000/);
    expect(() => loadSettings({ ...good, TRILANE_STORE_CALLS_MAX: "0" })).toThrow(/TRILANE_STORE_CALLS_MAX/);
  });
});
