/** Misspelt settings are refused, Kubernetes' names are passed over, and no value is repeated. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadSettings, SETTING_NAMES, SettingsError } from "../../src/index.ts";
import { editDistance, nearestName } from "../../src/settings/nearest-name.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..", "..");
/** Names that documents and other tests use to show what happens. */
const MISSPELT: ReadonlySet<string> = new Set(["TRILANE_CACHE_LEASEMS", "TRILANE_WHEN_CACHE_UNREACHEABLE"]);
const good = { TRILANE_CACHE_URL: "redis://127.0.0.1:6379" };

/** The message of the refusal. */
function refusalOf(environment: Readonly<Record<string, string>>): string {
  try {
    loadSettings(environment);
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
  throw new Error("the settings were not refused");
}

describe("an unknown name", () => {
  it.each([
    ["TRILANE_CACHE_LEASEMS", "TRILANE_CACHE_LEASE_MS"],
    ["TRILANE_WHEN_CACHE_UNREACHEABLE", "TRILANE_WHEN_CACHE_UNREACHABLE"],
    ["TRILANE_APITOKEN", "TRILANE_API_TOKEN"],
    ["TRILANE_KAFKA_BROKER", "TRILANE_KAFKA_BROKERS"],
  ])("%s is refused with the nearest known one, %s, and without its value", (misspelt, meant) => {
    const message = refusalOf({ ...good, [misspelt]: "S3CRET" });
    expect(message).toMatch(new RegExp(`^${misspelt}: .*${meant}`));
    expect(message).not.toContain("S3CRET");
  });

  it("is told together with the others", () => {
    const message = refusalOf({ ...good, TRILANE_TABEL: "a", TRILANE_SOMETHING_ELSE_ALTOGETHER: "b" });
    expect(message).toContain("TRILANE_TABEL one, the nearest is TRILANE_TABLE");
    expect(message).toMatch(/^TRILANE_SOMETHING_ELSE_ALTOGETHER: there is no such setting, nor one that resembles it/);
  });

  it("of another program is none of our business", () => {
    expect(() => loadSettings({ ...good, TRILANES_TABEL: "a", OTHER: "b" })).not.toThrow();
  });
});

describe("the names that Kubernetes makes for a Service", () => {
  const ofService = {
    TRILANE_API_SERVICE_HOST: "10.0.0.1",
    TRILANE_API_SERVICE_PORT: "80",
    TRILANE_API_SERVICE_PORT_HTTP_ALT: "80",
    TRILANE_API_PORT: "tcp://10.0.0.1:80",
    TRILANE_API_PORT_80_TCP: "tcp://10.0.0.1:80",
    TRILANE_API_PORT_80_TCP_PROTO: "tcp",
    TRILANE_API_PORT_80_TCP_PORT: "80",
    TRILANE_API_PORT_80_TCP_ADDR: "10.0.0.1",
    TRILANE_DNS_PORT: "udp://10.0.0.2:53",
    TRILANE_DNS_PORT_53_UDP_ADDR: "10.0.0.2",
    TRILANE_SIGNAL_PORT: "sctp://10.0.0.3:99",
    TRILANE_SERVICE_HOST: "10.0.0.4",
    TRILANE_PORT: "tcp://10.0.0.4:1",
  };

  it("are passed over", () => {
    expect(loadSettings({ ...good, ...ofService })).toEqual(loadSettings(good));
  });

  it("are passed over where they are a setting's, and the setting itself is not", () => {
    expect(loadSettings({ ...good, TRILANE_HEALTH_PORT: "tcp://10.0.0.1:80" }).healthPort).toBeUndefined();
    expect(loadSettings({ ...good, ...ofService, TRILANE_API_PORT: "9090" }).apiPort).toBe(9_090);
    expect(refusalOf({ ...good, TRILANE_API_PORT: "http://10.0.0.1:80" })).toMatch(/TRILANE_API_PORT/);
    expect(refusalOf({ ...good, TRILANE_DNS_PORT: "53" })).toMatch(/TRILANE_DNS_PORT/);
  });
});

describe("a refused value", () => {
  it.each([
    { TRILANE_CACHE_URL: "valkeys://app:S3CRET@cache:6379" },
    { TRILANE_CACHE_URL: "redis://app:S3CRET#more@cache:6379" },
    { ...good, TRILANE_QUEUE_URL: "rediss//app:S3CRET@q" },
    { ...good, TRILANE_DYNAMODB_ENDPOINT: "ftp://S3CRET@store" },
    { ...good, TRILANE_API_PORT: "S3CRET" },
    { ...good, TRILANE_LOG_LEVEL: "S3CRET" },
    { TRILANE_CACHE_TOPOLOGY: "cluster", TRILANE_CACHE_URL: "redis://a:1,valkey://:S3CRET@b:2" },
  ])("is not repeated: %o", (environment) => {
    expect(refusalOf(environment)).not.toContain("S3CRET");
  });

  it("of a list is told by its place", () => {
    const message = refusalOf({ TRILANE_CACHE_TOPOLOGY: "cluster", TRILANE_CACHE_URL: "redis://a:1,b" });
    expect(message).toMatch(/TRILANE_CACHE_URL: expected redis:.*address 2 of those that are set/);
  });
});

describe("the nearest name", () => {
  it("is by inserted, removed and replaced characters", () => {
    expect(editDistance("kitten", "sitting")).toBe(3);
    expect(editDistance("", "abc")).toBe(3);
    expect(nearestName("TABEL", ["TABLE", "LABEL"])).toBe("LABEL");
    expect(nearestName("xyzzy", ["TABLE"])).toBeNull();
  });
});

it("every name that a source, a script or the compose file of this repository has is a known one", () => {
  const files = execFileSync("git", ["ls-files", "apps", "infra", "packages", "scripts", "*.yml", "*.md"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  const isMisspeltOnPurpose = (name: string): boolean => MISSPELT.has(name) || /_SERVICE_|_PORT_\d/.test(name);
  const unknown = files
    .trim()
    .split("\n")
    .filter((file) => /\.(ts|mjs|yml|sh|md)$/.test(file) && !file.endsWith("setting-names.test.ts"))
    .flatMap((file) => readFileSync(join(ROOT, file), "utf8").match(/\bTRILANE_[A-Z0-9_]*[A-Z0-9]\b/g) ?? [])
    .filter((name) => !SETTING_NAMES.has(name) && !isMisspeltOnPurpose(name));
  expect([...new Set(unknown)]).toEqual([]);
});
