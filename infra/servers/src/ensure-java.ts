/**
 * Java and Maven, which the native servers need and no package registry
 * brings. As root on Debian and its relatives they are installed; everywhere
 * else the error says exactly what to install.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { messageOf, ServersError } from "./errors.ts";
import type { Progress } from "./progress.ts";

interface Tool {
  readonly command: string;
  readonly args: readonly string[];
  readonly debianPackage: string;
}

const run = promisify(execFile);
const installWithinMs = 10 * 60_000;
const probeWithinMs = 30_000;
const outputBytesMax = 16 * 1024 * 1024;

const tools: readonly Tool[] = [
  { command: "java", args: ["-version"], debianPackage: "default-jdk-headless" },
  { command: "javac", args: ["-version"], debianPackage: "default-jdk-headless" },
  { command: "mvn", args: ["--version"], debianPackage: "maven" },
];

/**
 * @throws ServersError `missing-tool`, naming the tools and how to get them.
 */
export async function ensureJava(progress: Progress): Promise<void> {
  const missing = await missingTools();
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((tool) => tool.debianPackage))];
  if (process.getuid?.() === 0 && (await works("apt-get", ["--version"]))) {
    await progress.step(`install ${packages.join(" and ")}`, () => install(packages));
    if ((await missingTools()).length === 0) return;
  }
  const names = missing.map((tool) => tool.command).join(", ");
  throw new ServersError(
    "missing-tool",
    `${names} not found. The servers run on Java: install a JDK (17 or later) and Maven. ` +
      `Debian, Ubuntu: sudo apt-get install ${packages.join(" ")}. macOS: brew install openjdk maven. ` +
      "Or start Docker, and no Java is needed.",
  );
}

async function missingTools(): Promise<readonly Tool[]> {
  const found = await Promise.all(tools.map((tool) => works(tool.command, tool.args)));
  return tools.filter((_tool, index) => found[index] !== true);
}

async function works(command: string, args: readonly string[]): Promise<boolean> {
  return await run(command, [...args], { timeout: probeWithinMs }).then(
    () => true,
    () => false,
  );
}

async function install(packages: readonly string[]): Promise<void> {
  const options = { timeout: installWithinMs, maxBuffer: outputBytesMax };
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  try {
    await run("apt-get", ["update"], options);
    await run("apt-get", ["install", "-y", "--no-install-recommends", ...packages], { ...options, env });
  } catch (error) {
    throw new ServersError("missing-tool", `apt-get install ${packages.join(" ")} failed: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
