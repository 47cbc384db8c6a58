/**
 * Brings the native servers to this machine, once: jars and the Redis binary
 * from Maven Central by `native/pom.xml`, two launchers that are compiled, and
 * Valkey from Debian where that is possible. The result lies in a folder whose
 * name is a hash of everything from which it was made. The folder is filled
 * under another name and renamed at the end, so it is either whole or does not
 * exist; of two processes that fetch at once, one wins and the other uses its
 * folder.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { checkDigests, parseDigests } from "./check-digests.ts";
import { ensureJava } from "./ensure-java.ts";
import { messageOf, ServersError } from "./errors.ts";
import { fetchValkey, valkeyPackages } from "./fetch-valkey.ts";
import { fetchedDirectory, nativeDirectory } from "./paths.ts";
import { createProgress } from "./progress.ts";
import type { Progress } from "./progress.ts";

interface AvailableBinary {
  readonly available: true;
  readonly file: string;
  readonly version: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A binary, or the reason why there is none. */
type FetchedBinary = AvailableBinary | { readonly available: false; readonly reason: string };

export interface FetchedServers {
  readonly libraryDirectory: string;
  /** For `java -cp`. */
  readonly classPath: string;
  readonly versions: { readonly kafka: string; readonly dynamodb: string; readonly s3: string };
  readonly redis: FetchedBinary;
  readonly valkey: FetchedBinary;
}

export interface FetchOptions {
  readonly progress?: Progress;
}

/** The launchers are compiled against the jars. */
const launchers = ["LoopbackDynamoDb.java", "FormatAndRunKafka.java"];

const run = promisify(execFile);
const partialPrefix = ".partial-";
const interruptedAfterMs = 24 * 60 * 60_000;
const mavenWithinMs = 15 * 60_000;
const compileWithinMs = 60_000;
const outputBytesMax = 16 * 1024 * 1024;

let underWay: Promise<FetchedServers> | null = null;

/**
 * Fetches what is missing. Where nothing is missing, it reads one small file. Servers that are started at the same time
 * share one fetch.
 * @throws ServersError `missing-tool` (Java or Maven), `fetch-failed`
 */
export function fetchServers({ progress = createProgress() }: FetchOptions = {}): Promise<FetchedServers> {
  underWay ??= findOrFetch(progress).finally(() => {
    underWay = null;
  });
  return underWay;
}

async function findOrFetch(progress: Progress): Promise<FetchedServers> {
  const directory = join(fetchedDirectory, await sourceHash());
  const found = await readStamp(directory);
  if (found !== undefined) return describeFetched(directory, found);

  await mkdir(fetchedDirectory, { recursive: true });
  await removeInterrupted();
  const partial = await mkdtemp(join(fetchedDirectory, partialPrefix));
  try {
    const stamp = await fetchAll(partial, progress);
    await writeFile(join(partial, "stamp.json"), `${JSON.stringify(stamp, undefined, 2)}\n`);
    await rename(partial, directory).catch(async (error: unknown) => {
      // Another process was faster, and its folder is as good.
      if ((await readStamp(directory)) === undefined) throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  const stamp = await readStamp(directory);
  if (stamp === undefined) throw new ServersError("fetch-failed", `${directory} has no stamp after it was filled`);
  return describeFetched(directory, stamp);
}

/** The contents of a folder. Paths in it are relative, because the folder is renamed. */
interface Stamp {
  readonly versions: FetchedServers["versions"];
  readonly redis: { readonly file: string; readonly version: string } | { readonly reason: string };
  readonly valkey: ValkeyStamp;
}

type ValkeyStamp =
  | { readonly file: string; readonly version: string; readonly libraryPath: string | null }
  | { readonly reason: string };

async function sourceHash(): Promise<string> {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch} ${valkeyPackages.join(" ")}`);
  for (const name of ["pom.xml", ...launchers]) hash.update(await readFile(join(nativeDirectory, name)));
  return hash.digest("hex").slice(0, 16);
}

async function readStamp(directory: string): Promise<Stamp | undefined> {
  const text = await readFile(join(directory, "stamp.json"), "utf8").catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Stamp);
}

/** Valkey comes from another source, so it is fetched at the same time. */
async function fetchAll(directory: string, progress: Progress): Promise<Stamp> {
  await ensureJava(progress);
  const [valkey, jars] = await Promise.allSettled([findValkey(directory, progress), fetchJars(directory, progress)]);
  if (jars.status === "rejected") throw jars.reason;
  return {
    versions: await readVersions(directory),
    redis: await findRedis(directory),
    valkey: valkey.status === "fulfilled" ? valkey.value : { reason: messageOf(valkey.reason) },
  };
}

async function fetchJars(directory: string, progress: Progress): Promise<void> {
  // Maven writes beside the pom that it is given, so it gets a copy.
  const pom = join(directory, "pom.xml");
  await copyFile(join(nativeDirectory, "pom.xml"), pom);
  await progress.step("fetch Kafka, DynamoDB Local and s3proxy (about 120 MB)", () =>
    maven(pom, ["dependency:copy-dependencies", `-DoutputDirectory=${join(directory, "lib")}`]),
  );
  // This is a separate Maven call, because the filter would also affect copy-dependencies.
  await progress.step("unpack Redis", () =>
    maven(pom, [
      "dependency:unpack-dependencies",
      "-DincludeArtifactIds=embedded-redis",
      "-Dmdep.unpack.includes=redis-server-*",
      `-DoutputDirectory=${join(directory, "bin")}`,
    ]),
  );
  const digests = parseDigests(await readFile(join(nativeDirectory, "digests.txt"), "utf8"));
  await checkDigests(directory, ["lib", "bin"], digests);
  await compileLaunchers(directory, progress);
}

async function maven(pom: string, args: readonly string[]): Promise<void> {
  try {
    await run("mvn", ["--quiet", "--batch-mode", "--strict-checksums", "--file", pom, ...args], {
      timeout: mavenWithinMs,
      maxBuffer: outputBytesMax,
    });
  } catch (error) {
    const output = (error as { stdout?: string }).stdout ?? "";
    throw new ServersError("fetch-failed", `mvn ${args[0]} failed: ${output.trim() || messageOf(error)}`, {
      cause: error,
    });
  }
}

async function compileLaunchers(directory: string, progress: Progress): Promise<void> {
  const sources = launchers.map((name) => join(nativeDirectory, name));
  const args = ["-cp", join(directory, "lib", "*"), "-d", join(directory, "classes"), ...sources];
  await progress.step("compile the launchers", async () => {
    await run("javac", args, { timeout: compileWithinMs }).catch((error: unknown) => {
      throw new ServersError("fetch-failed", `javac failed: ${messageOf(error)}`, { cause: error });
    });
  });
}

async function readVersions(directory: string): Promise<FetchedServers["versions"]> {
  const jars = await readdir(join(directory, "lib"));
  const version = (artifact: string): string => {
    const jar = jars.find((name) => name.startsWith(`${artifact}-`) && name.endsWith(".jar"));
    if (jar === undefined) throw new ServersError("fetch-failed", `no jar of ${artifact} was fetched`);
    return jar.slice(artifact.length + 1, -".jar".length);
  };
  return { kafka: version("kafka_2.13"), dynamodb: version("DynamoDBLocal"), s3: version("s3proxy") };
}

async function findRedis(directory: string): Promise<Stamp["redis"]> {
  const architecture = { x64: "amd64", arm64: "arm64", ia32: "386" }[process.arch as string] ?? process.arch;
  const platform = `${process.platform}-${architecture}`;
  for (const name of await readdir(join(directory, "bin"))) {
    const match = /^redis-server-([\d.]+)-(.+)$/.exec(name);
    if (match?.[2] !== platform || match[1] === undefined) continue;
    await chmod(join(directory, "bin", name), 0o755);
    return { file: join("bin", name), version: match[1] };
  }
  return { reason: `the jar holds no Redis for ${platform}` };
}

async function findValkey(directory: string, progress: Progress): Promise<ValkeyStamp> {
  return await progress.step(
    "fetch Valkey",
    () => fetchValkey(directory),
    (valkey) => valkey.version,
  );
}

/** Removes the remains of an interrupted fetch. A fetch that is still under way is not that old. */
async function removeInterrupted(): Promise<void> {
  for (const name of await readdir(fetchedDirectory)) {
    if (!name.startsWith(partialPrefix)) continue;
    const path = join(fetchedDirectory, name);
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > interruptedAfterMs) await rm(path, { recursive: true, force: true });
  }
}

function describeFetched(directory: string, stamp: Stamp): FetchedServers {
  const libraryDirectory = join(directory, "lib");
  return {
    libraryDirectory,
    classPath: [join(directory, "classes"), join(libraryDirectory, "*")].join(delimiter),
    versions: stamp.versions,
    redis: describeBinary(directory, stamp.redis),
    valkey: describeBinary(directory, stamp.valkey),
  };
}

function describeBinary(directory: string, stamp: Stamp["redis"] | ValkeyStamp): FetchedBinary {
  if ("reason" in stamp) return { available: false, reason: stamp.reason };
  const libraryPath = "libraryPath" in stamp ? stamp.libraryPath : null;
  const env = libraryPath === null ? {} : { LD_LIBRARY_PATH: join(directory, libraryPath) };
  return { available: true, file: resolveFrom(directory, stamp.file), version: stamp.version, env };
}

/** A Valkey that the machine has installed is named by its absolute path. */
function resolveFrom(directory: string, file: string): string {
  return file.startsWith("/") ? file : join(directory, file);
}
