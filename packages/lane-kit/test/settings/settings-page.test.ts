/** The reference of all settings follows from their declarations. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { settingsPage } from "../../src/index.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..", "..");

it("docs/settings.md is what `npm run --silent trilane -- settings > docs/settings.md` writes", () => {
  expect(readFileSync(join(ROOT, "docs", "settings.md"), "utf8")).toBe(settingsPage());
});

it("a default, a reader, a reason to agree and the file of a secret are told", () => {
  const page = settingsPage();
  expect(page).toContain("## `TRILANE_TABLE`");
  expect(page).toContain("Default: `trilane`.");
  expect(page).toContain("`TRILANE_KAFKA_PASSWORD_FILE`");
  expect(page).toMatch(/TRILANE_CACHE_LEASE_MS`[^#]*Of the table: a process whose leases/);
});
