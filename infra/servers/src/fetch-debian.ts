/**
 * Fetches Debian's packages without installing them: from this machine's own
 * mirror, downloaded and unpacked into a folder. On an older Debian some
 * packages are in the `-backports` suite, which machines do not list, so a
 * private source list is written beside the machine's own. The system is not
 * changed.
 */
import { execFile } from "node:child_process";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type AptSource, readAptSource } from "./apt-source.ts";
import { messageOf, ServersError } from "./errors.ts";

const run = promisify(execFile);
const updateWithinMs = 120_000;
const downloadWithinMs = 120_000;
const unpackWithinMs = 10_000;

/**
 * @param root where the packages are unpacked; removed where they cannot be fetched
 * @throws ServersError `fetch-failed` with the reason
 */
export async function fetchDebianPackages(root: string, packages: readonly string[]): Promise<void> {
  const source = await readAptSource();
  try {
    await downloadAndUnpack(root, packages, source);
  } catch (error) {
    await rm(root, { recursive: true, force: true });
    const text = (error as { stderr?: string }).stderr?.trim().split("\n").at(-1);
    throw new ServersError("fetch-failed", text ?? messageOf(error), { cause: error });
  }
}

/** A folder such as `usr/lib/x86_64-linux-gnu`, relative to the folder of the unpacked packages. */
export async function libraryFolder(root: string): Promise<string> {
  const parent = join("usr", "lib");
  for (const name of await readdir(join(root, parent))) {
    if (name.endsWith("-linux-gnu")) return join(parent, name);
  }
  throw new ServersError("fetch-failed", "the packages hold no libraries for this machine");
}

async function downloadAndUnpack(root: string, packages: readonly string[], source: AptSource): Promise<void> {
  const apt = join(root, "apt");
  await mkdir(join(apt, "lists", "partial"), { recursive: true });
  await mkdir(join(apt, "archives", "partial"), { recursive: true });
  await writeFile(join(apt, "debian.sources"), source.stanza);
  // The lists and archives are private: those of the machine are neither needed nor changed.
  const options = [
    `Dir::Etc::sourcelist=${join(apt, "debian.sources")}`,
    "Dir::Etc::sourceparts=-",
    `Dir::State::lists=${join(apt, "lists")}`,
    `Dir::Cache=${apt}`,
    `Dir::Cache::archives=${join(apt, "archives")}`,
    "Acquire::Languages=none",
    "APT::Sandbox::User=root",
  ].flatMap((option) => ["-o", option]);
  await run("apt-get", [...options, "--quiet", "update"], { timeout: updateWithinMs });
  await run("apt-get", [...options, "--quiet", "download", ...packages], { timeout: downloadWithinMs, cwd: apt });
  for (const name of await readdir(apt)) {
    if (name.endsWith(".deb")) await run("dpkg", ["-x", join(apt, name), root], { timeout: unpackWithinMs });
  }
  await rm(apt, { recursive: true });
}
