/**
 * The Python environment of Feast: made once in an ignored folder, by the
 * machine's own Python and pip, with a pinned version.
 */
import { execFile } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const FEAST_VERSION = "0.67.0";

export type FeastEnvironment =
  | { readonly kind: "ready"; readonly python: string }
  | { readonly kind: "missing"; readonly reason: string };

const FOLDER = fileURLToPath(new URL("../../../../.trilane/feast/", import.meta.url));
const PACKAGE = `feast[aws,redis]==${FEAST_VERSION}`;
const run = promisify(execFile);

/** Takes minutes the first time. */
export async function feastEnvironment(command = "python3"): Promise<FeastEnvironment> {
  const version = await versionOf(command);
  if (version === null) return { kind: "missing", reason: `there is no ${command} on this machine` };
  const python = join(FOLDER, "bin", "python");
  const [stamp, wanted] = [join(FOLDER, "installed"), `${PACKAGE}, ${version}`];
  if ((await readFile(stamp, "utf8").catch(() => "")) === wanted) return { kind: "ready", python };
  try {
    await rm(FOLDER, { recursive: true, force: true });
    await mkdir(FOLDER, { recursive: true });
    await run(command, ["-m", "venv", FOLDER]);
    await run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE]);
    await writeFile(stamp, wanted);
    return { kind: "ready", python };
  } catch (error) {
    return { kind: "missing", reason: `${PACKAGE} could not be installed: ${String(error)}` };
  }
}

async function versionOf(command: string): Promise<string | null> {
  return await run(command, ["--version"]).then(
    ({ stdout }) => stdout.trim(),
    () => null,
  );
}
