/** Secrets and certificates from files: read at the start, read again when they were renewed, never shown. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadSettings, SettingsError } from "../../src/index.ts";

const folder = mkdtempSync(join(tmpdir(), "trilane-secrets-"));
afterAll(() => rmSync(folder, { recursive: true }));

const good = { TRILANE_CACHE_URL: "redis://127.0.0.1:6379" };

function fileWith(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe("a secret in a file", () => {
  it("is read again each time, without the line end behind it", () => {
    const path = fileWith("password", "first\n");
    const { password } = loadSettings({ ...good, TRILANE_CACHE_PASSWORD_FILE: path }).cacheAccess;
    expect(password?.()).toBe("first");
    fileWith("password", "second\r\n");
    expect(password?.()).toBe("second");
  });

  it("keeps its last value while the file is away or empty", () => {
    const path = fileWith("replaced", "first");
    const { password } = loadSettings({ ...good, TRILANE_QUEUE_PASSWORD_FILE: path }).queueAccess;
    fileWith("replaced", "");
    expect(password?.()).toBe("first");
    rmSync(path);
    expect(password?.()).toBe("first");
  });

  it("may be an address or a token", () => {
    const settings = loadSettings({
      TRILANE_CACHE_URL_FILE: fileWith("address", "redis://user:S3CRET@cache:1\n"),
      TRILANE_API_TOKEN_FILE: fileWith("token", "abcdefghijklmnopq"),
    });
    expect(settings.cacheUrl).toBe("redis://user:S3CRET@cache:1");
    expect(settings.apiToken).toBe("abcdefghijklmnopq");
  });

  it.each([
    [
      { TRILANE_CACHE_PASSWORD_FILE: join(folder, "none") },
      /^TRILANE_CACHE_PASSWORD_FILE: .*none cannot be read: ENOENT/,
    ],
    [{ TRILANE_CACHE_PASSWORD_FILE: folder }, /^TRILANE_CACHE_PASSWORD_FILE: .*cannot be read: EISDIR/],
    [{ TRILANE_CACHE_PASSWORD_FILE: fileWith("empty", "\n") }, /^TRILANE_CACHE_PASSWORD_FILE: .*is empty/],
    [
      { TRILANE_CACHE_PASSWORD: "S3CRET", TRILANE_CACHE_PASSWORD_FILE: folder },
      /^TRILANE_CACHE_PASSWORD_FILE: TRILANE_CACHE_PASSWORD is set as well/,
    ],
    [
      { TRILANE_CACHE_URL: "", TRILANE_CACHE_URL_FILE: fileWith("wrong", "S3CRET") },
      /^TRILANE_CACHE_URL: expected redis:/,
    ],
    [{ TRILANE_CACHE_CA_FILE: fileWith("text", "S3CRET") }, /^TRILANE_CACHE_CA_FILE: the file holds no certificate/],
    [{ TRILANE_CACHE_CA_FILE: join(folder, "none") }, /^TRILANE_CACHE_CA_FILE: .*ENOENT/],
    [{ TRILANE_QUEUE_CERTIFICATE_FILE: fileWith("half", "S3CRET") }, /^TRILANE_QUEUE_KEY_FILE: it is not set/],
    [
      { TRILANE_KAFKA_CERTIFICATE_FILE: fileWith("c", "S3CRET"), TRILANE_KAFKA_KEY_FILE: fileWith("k", "S3CRET") },
      /^TRILANE_KAFKA_CERTIFICATE_FILE: the file cannot be used/,
    ],
  ])("is refused by name: %o", (environment, message) => {
    const read = (): unknown => loadSettings({ ...good, ...environment });
    expect(read).toThrow(SettingsError);
    expect(read).toThrow(message);
    expect(read).not.toThrow(/S3CRET/);
  });
});
