/**
 * libfaketime, which moves the wall clock of one running process. It is the
 * machine's own where it is installed, otherwise Debian's package, unpacked
 * into a folder beside the fetched servers. It is tried with this very Node
 * before it is used: the wall clock must be seen to move while the monotonic
 * one goes on. Where it cannot be fetched or does not work, the answer says
 * why.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { messageOf } from "./errors.ts";
import { fetchDebianPackages } from "./fetch-debian.ts";
import { fetchedDirectory } from "./paths.ts";
import { createProgress, type Progress } from "./progress.ts";

export type FetchedFaketime =
  | {
      readonly available: true;
      /** The absolute path, for `LD_PRELOAD`. */
      readonly library: string;
    }
  | { readonly available: false; readonly reason: string };

const run = promisify(execFile);
const probeWithinMs = 10_000;
const packages = ["libfaketime"] as const;
const libraryName = join("faketime", "libfaketime.so.1");
const partialPrefix = ".partial-";
const probedStepMs = 3_600_000;
/** A clock whose error is smaller has moved as it was told. */
const probedErrorMsMax = 60_000;

/** Where the library exists, this only tries whether it works. */
export async function fetchFaketime(progress: Progress = createProgress()): Promise<FetchedFaketime> {
  if (process.platform !== "linux") {
    return { available: false, reason: `libfaketime is used on Linux only, and this is ${process.platform}` };
  }
  try {
    const library = (await findLibrary("/")) ?? (await fetchLibrary(progress));
    await tryLibrary(library);
    return { available: true, library };
  } catch (error) {
    return { available: false, reason: messageOf(error) };
  }
}

/**
 * The environment of a process whose clock the file sets: `+3600` in the file means an hour ahead. The monotonic clock
 * is left alone.
 */
export function faketimeEnvironment(library: string, file: string): Readonly<Record<string, string>> {
  return {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: file,
    // Without it, a change of the file is seen seconds later.
    FAKETIME_NO_CACHE: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  };
}

async function fetchLibrary(progress: Progress): Promise<string> {
  const directory = join(fetchedDirectory, `${packages.join("-")}-${process.arch}`);
  const fetched = await findLibrary(directory);
  if (fetched !== null) return fetched;
  await mkdir(fetchedDirectory, { recursive: true });
  const partial = await mkdtemp(join(fetchedDirectory, partialPrefix));
  try {
    const root = join(partial, "root");
    await progress.step("fetch libfaketime", () => fetchDebianPackages(root, packages));
    // Of two processes that fetch at once, one wins and the other uses its folder.
    await rename(root, directory).catch(async (error: unknown) => {
      if ((await findLibrary(directory)) === null) throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  const library = await findLibrary(directory);
  if (library === null) throw new Error(`the package libfaketime holds no ${libraryName}`);
  return library;
}

/** Debian has a folder for each architecture; other systems have none. */
async function findLibrary(root: string): Promise<string | null> {
  const parent = join(root, "usr", "lib");
  const names = await readdir(parent).catch((): string[] => []);
  const folders = [...names.filter((name) => name.endsWith("-linux-gnu")), "."];
  return folders.map((name) => join(parent, name, libraryName)).find((file) => existsSync(file)) ?? null;
}

/** @throws Error where the clock does not move, or the monotonic one moves as well. */
async function tryLibrary(library: string): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "trilane-faketime-"));
  try {
    const file = join(directory, "clock");
    await writeFile(file, `+${probedStepMs / 1_000}`);
    const script = "console.log(Date.now(), performance.now())";
    const env = { ...process.env, ...faketimeEnvironment(library, file) };
    const { stdout } = await run(process.execPath, ["-e", script], { env, timeout: probeWithinMs });
    const [wallMs = NaN, sinceStartMs = NaN] = stdout.trim().split(" ").map(Number);
    const movedMs = wallMs - Date.now();
    if (Math.abs(movedMs - probedStepMs) < probedErrorMsMax && sinceStartMs < probedErrorMsMax) return;
    throw new Error(`${library} moved the clock by ${movedMs} ms where ${probedStepMs} ms were asked for`);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
