/**
 * Valkey without installing anything: the machine's own `valkey-server` where
 * there is one, else Debian's packages, taken from the mirror this machine is
 * set up with, downloaded and unpacked into a folder. On an older Debian the
 * packages are in the `-backports` suite, which machines do not list, so a
 * private source list is written beside the machine's own. Both the server and
 * the libraries it needs are brought; the system is not changed.
 */
import { execFile } from "node:child_process";
import { mkdir, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { readAptSource } from "./apt-source.ts";
import type { AptSource } from "./apt-source.ts";
import { messageOf, ServersError } from "./errors.ts";

export interface FetchedValkey {
  /** Absolute for the machine's own, else relative to the folder. */
  readonly file: string;
  readonly version: string;
  /** Of the unpacked libraries, relative; `null` for the machine's own Valkey. */
  readonly libraryPath: string | null;
}

/** The server's binary is in the tools' package; the libraries are what it links to. */
export const valkeyPackages = ["valkey-tools", "libjemalloc2", "liblzf1", "libatomic1"] as const;

const run = promisify(execFile);
const updateWithinMs = 120_000;
const downloadWithinMs = 120_000;
const probeWithinMs = 10_000;

/**
 * @param directory where packages are unpacked, in a folder `valkey`.
 * @throws ServersError `fetch-failed` with the reason why it cannot be had.
 */
export async function fetchValkey(directory: string): Promise<FetchedValkey> {
  const installed = await installedValkey();
  if (installed !== undefined) return installed;
  const source = await readAptSource();
  try {
    return await fetchFromDebian(directory, source);
  } catch (error) {
    await rm(join(directory, "valkey"), { recursive: true, force: true });
    const text = (error as { stderr?: string }).stderr?.trim().split("\n").at(-1);
    throw new ServersError("fetch-failed", text ?? messageOf(error), { cause: error });
  }
}

async function installedValkey(): Promise<FetchedValkey | undefined> {
  try {
    const { stdout } = await run("/bin/sh", ["-c", "command -v valkey-server"], { timeout: probeWithinMs });
    const file = stdout.trim();
    return { file, version: await versionOf(file), libraryPath: null };
  } catch {
    return undefined;
  }
}

async function fetchFromDebian(directory: string, source: AptSource): Promise<FetchedValkey> {
  const root = join(directory, "valkey");
  const apt = join(root, "apt");
  await mkdir(join(apt, "lists", "partial"), { recursive: true });
  await mkdir(join(apt, "archives", "partial"), { recursive: true });
  await writeFile(join(apt, "debian.sources"), source.stanza);
  // Lists and archives of its own: the machine's are neither needed nor changed.
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
  await run("apt-get", [...options, "--quiet", "download", ...valkeyPackages], { timeout: downloadWithinMs, cwd: apt });
  for (const name of await readdir(apt)) {
    if (name.endsWith(".deb")) await run("dpkg", ["-x", join(apt, name), root], { timeout: probeWithinMs });
  }
  await rm(apt, { recursive: true });

  // One binary with several names: it is the server when it is called so.
  const file = join("valkey", "usr", "bin", "valkey-server");
  await rm(join(directory, file), { force: true });
  await symlink("valkey-check-rdb", join(directory, file));
  const libraryPath = await libraryFolder(directory);
  const version = await versionOf(join(directory, file), join(directory, libraryPath));
  return { file, version, libraryPath };
}

/** `usr/lib/x86_64-linux-gnu` and its like. */
async function libraryFolder(directory: string): Promise<string> {
  const parent = join("valkey", "usr", "lib");
  for (const name of await readdir(join(directory, parent))) {
    if (name.endsWith("-linux-gnu")) return join(parent, name);
  }
  throw new ServersError("fetch-failed", "the packages hold no libraries for this machine");
}

/** Runs it, which also proves that every library is there. */
async function versionOf(file: string, libraryPath?: string): Promise<string> {
  const env = libraryPath === undefined ? process.env : { ...process.env, LD_LIBRARY_PATH: libraryPath };
  const { stdout } = await run(file, ["--version"], { timeout: probeWithinMs, env });
  const version = /v=([\d.]+)/.exec(stdout)?.[1];
  if (version === undefined) throw new ServersError("fetch-failed", `${file} says ${stdout.trim()}`);
  return version;
}
