/** Without a JDK and Maven the error says what to install. */
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ensureJava } from "../src/ensure-java.ts";
import { silentProgress } from "../src/progress.ts";

describe("ensureJava", () => {
  let directory: string;
  const command = async (name: string, output: string): Promise<void> => {
    await writeFile(join(directory, name), `#!/bin/sh\necho '${output}'\n`);
    await chmod(join(directory, name), 0o755);
  };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "no-java-"));
    // Neither Java nor apt-get is found there.
    vi.stubEnv("PATH", directory);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(directory, { recursive: true });
  });

  it("names what is missing and how to get it", async () => {
    await expect(ensureJava(silentProgress)).rejects.toMatchObject({
      code: "missing-tool",
      message: expect.stringMatching(/^java, javac, mvn not found.*apt-get install default-jdk-headless maven/),
    });
  });

  it("counts a Java that is too old as missing", async () => {
    await command("mvn", "Apache Maven 3.8.7");
    await command("javac", "javac 17.0.15");
    await command("java", 'openjdk version "11.0.2" 2019-01-15');
    await expect(ensureJava(silentProgress)).rejects.toThrow(/^java not found, or too old/);
    await command("java", 'openjdk version "21" 2023-09-19');
    await expect(ensureJava(silentProgress)).resolves.toBeUndefined();
  });
});
