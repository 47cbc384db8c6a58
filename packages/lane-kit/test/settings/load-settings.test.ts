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
