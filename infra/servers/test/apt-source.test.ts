/** The machine's own mirror is found in both formats of apt's sources. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readAptSource } from "../src/apt-source.ts";

describe("readAptSource", () => {
  let etc: string;

  beforeEach(async () => {
    etc = await mkdtemp(join(tmpdir(), "apt-source-"));
    await mkdir(join(etc, "apt", "sources.list.d"), { recursive: true });
    await writeFile(join(etc, "os-release"), 'ID=debian\nVERSION_CODENAME=bookworm\nVERSION_ID="12"\n');
  });
  afterEach(async () => {
    await rm(etc, { recursive: true });
  });

  it("reads a deb822 stanza, skipping other suites and disabled ones", async () => {
    const text = [
      "Types: deb\nURIs: http://other.example/x\nSuites: stable\nComponents: main\n",
      "Types: deb\nEnabled: no\nURIs: http://off.example\nSuites: bookworm\nComponents: main\n",
      "Types: deb deb-src\n# a comment\nURIs: http://mirror.example/debian\nSuites: bookworm bookworm-updates",
      "Components: main contrib\nSigned-By: /keys/debian.gpg\n",
    ].join("\n");
    await writeFile(join(etc, "apt", "sources.list.d", "debian.sources"), text);
    expect((await readAptSource(etc)).stanza).toBe(
      "Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm bookworm-backports\n" +
        "Components: main contrib\nSigned-By: /keys/debian.gpg\n",
    );
  });

  it("reads one-line entries", async () => {
    const text =
      "# deb http://old.example bookworm main\n" +
      "deb [arch=amd64 signed-by=/keys/d.gpg] http://mirror.example/debian bookworm main contrib # ours\n";
    await writeFile(join(etc, "apt", "sources.list"), text);
    expect((await readAptSource(etc)).stanza).toBe(
      "Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm bookworm-backports\n" +
        "Components: main contrib\nSigned-By: /keys/d.gpg\n",
    );
  });

  it("says so where there is no such mirror", async () => {
    await expect(readAptSource(etc)).rejects.toMatchObject({ code: "fetch-failed" });
    await rm(join(etc, "os-release"));
    await expect(readAptSource(etc)).rejects.toThrow(/no Debian/);
  });
});
