/**
 * Provides Valkey without installing it: the machine's own `valkey-server`
 * where there is one, otherwise Debian's packages, unpacked into a folder. The
 * packages bring the server and the libraries that it needs; the system is not
 * changed.
 */
import { execFile } from "node:child_process";
import { rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { ServersError } from "./errors.ts";
import { fetchDebianPackages, libraryFolder } from "./fetch-debian.ts";

export interface FetchedValkey {
  /** An absolute path for the machine's own, otherwise one relative to the folder. */
  readonly file: string;
  readonly version: string;
  /** The relative path of the unpacked libraries; `null` for the machine's own Valkey. */
  readonly libraryPath: string | null;
}

/** The server's binary is in the package of the tools; the other packages are the libraries that it links to. */
export const valkeyPackages = ["valkey-tools", "libjemalloc2", "liblzf1", "libatomic1"] as const;

const run = promisify(execFile);
const probeWithinMs = 10_000;

/**
 * @param directory where packages are unpacked, in a folder `valkey`
 * @throws ServersError `fetch-failed` with the reason why it cannot be fetched
 */
export async function fetchValkey(directory: string): Promise<FetchedValkey> {
  const installed = await installedValkey();
  if (installed !== undefined) return installed;
  await fetchDebianPackages(join(directory, "valkey"), valkeyPackages);
  // The binary has several names, and is the server when it is called by this one.
  const file = join("valkey", "usr", "bin", "valkey-server");
  await rm(join(directory, file), { force: true });
  await symlink("valkey-check-rdb", join(directory, file));
  const libraryPath = join("valkey", await libraryFolder(join(directory, "valkey")));
  const version = await versionOf(join(directory, file), join(directory, libraryPath));
  return { file, version, libraryPath };
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

/** Runs it, which also proves that every library is there. */
async function versionOf(file: string, libraryPath?: string): Promise<string> {
  const env = libraryPath === undefined ? process.env : { ...process.env, LD_LIBRARY_PATH: libraryPath };
  const { stdout } = await run(file, ["--version"], { timeout: probeWithinMs, env });
  const version = /v=([\d.]+)/.exec(stdout)?.[1];
  if (version === undefined) throw new ServersError("fetch-failed", `${file} says ${stdout.trim()}`);
  return version;
}
