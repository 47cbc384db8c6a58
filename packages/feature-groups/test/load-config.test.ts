import { mkdtemp, mkdir, rm, writeFile, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { loadConfig } from "../src/index.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "../../..");
const source = join(root, "packages/feature-groups/src/index.ts");
const definition = `defineConfig({ groups: { g: {
  key: ["id"], eventTime: { from: "source" }, ttlMs: 1000,
  schema: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } },
} } })`;

let directory = "";

async function write(name: string, text: string): Promise<string> {
  const file = join(directory, name);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

const importing = (text: string) => `import { defineConfig } from ${JSON.stringify(source)};\n${text}`;

beforeEach(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), "trilane-config-")));
  vi.stubEnv("TRILANE_CONFIG", undefined);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await rm(directory, { recursive: true });
});

describe("loadConfig", () => {
  test("takes the file that is named, exporting `config` or by default", async () => {
    const named = await write("named.ts", importing(`export const config = ${definition};`));
    const byDefault = await write("default.ts", importing(`export default ${definition};`));
    expect(Object.keys((await loadConfig(named)).groups)).toEqual(["g"]);
    expect(Object.keys((await loadConfig(byDefault)).groups)).toEqual(["g"]);
  });

  test("takes the file that TRILANE_CONFIG names", async () => {
    vi.stubEnv("TRILANE_CONFIG", await write("elsewhere.ts", importing(`export const config = ${definition};`)));
    expect(Object.keys((await loadConfig()).groups)).toEqual(["g"]);
  });

  test("finds the nearest file above the working directory", async () => {
    await write("trilane.config.ts", importing(`export const config = ${definition};`));
    await mkdir(join(directory, "apps/one"), { recursive: true });
    vi.spyOn(process, "cwd").mockReturnValue(join(directory, "apps/one"));
    expect(Object.keys((await loadConfig()).groups)).toEqual(["g"]);
  });

  test("says where it looked when there is none", async () => {
    vi.spyOn(process, "cwd").mockReturnValue(directory);
    await expect(loadConfig()).rejects.toMatchObject({
      code: "CONFIG_NOT_FOUND",
      message: expect.stringMatching(/no trilane\.config\.ts in .*trilane-config-.* or above it; create one/),
    });
    await expect(loadConfig(join(directory, "none.ts"))).rejects.toMatchObject({ code: "CONFIG_NOT_FOUND" });
    vi.stubEnv("TRILANE_CONFIG", "none.ts");
    await expect(loadConfig()).rejects.toThrow(/TRILANE_CONFIG names .*none\.ts, and there is no such file/);
  });

  test("says why a file cannot be loaded", async () => {
    const file = await write("broken.ts", "throw new Error('half written');");
    await expect(loadConfig(file)).rejects.toMatchObject({
      code: "CONFIG_UNREADABLE",
      message: expect.stringContaining("half written"),
      cause: expect.any(Error),
    });
  });

  test("errors of a definition come as they are", async () => {
    const file = await write("invalid.ts", importing("export const config = defineConfig({ groups: { BAD: {} } });"));
    await expect(loadConfig(file)).rejects.toMatchObject({ code: "INVALID_GROUP_NAME" });
  });

  test("a file without a configuration is told what to export", async () => {
    const file = await write("other.ts", "export const config = { groups: {} };");
    await expect(loadConfig(file)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining("export const config = defineConfig("),
    });
  });
});
