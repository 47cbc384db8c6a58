/**
 * Provides Java and Maven, which the native servers need and no package
 * registry has. As root on Debian and its relatives they are installed;
 * elsewhere the error says exactly what to install.
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
/** The lowest version that Kafka and DynamoDB Local accept. */
const javaVersionMin = 17;
const installWithinMs = 10 * 60_000;
const probeWithinMs = 30_000;
const outputBytesMax = 16 * 1024 * 1024;

const tools: readonly Tool[] = [
  { command: "java", args: ["-version"], debianPackage: "default-jdk-headless" },
  { command: "javac", args: ["-version"], debianPackage: "default-jdk-headless" },
  { command: "mvn", args: ["--version"], debianPackage: "maven" },
];

/** @throws ServersError `missing-tool`, naming the tools and how to get them */
export async function ensureJava(progress: Progress): Promise<void> {
  const missing = await missingTools();
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((tool) => tool.debianPackage))];
  if (process.getuid?.() === 0 && (await outputOf("apt-get", ["--version"])) !== undefined) {
    await progress.step(`install ${packages.join(" and ")}`, () => install(packages));
    if ((await missingTools()).length === 0) return;
  }
  const names = missing.map((tool) => tool.command).join(", ");
  throw new ServersError(
    "missing-tool",
    `${names} not found, or too old. The servers run on Java: install a JDK (${javaVersionMin} or later) and Maven. ` +
      `Debian, Ubuntu: sudo apt-get install ${packages.join(" ")}. macOS: brew install openjdk maven. ` +
      "Or start Docker, and no Java is needed.",
  );
}

async function missingTools(): Promise<readonly Tool[]> {
  const found = await Promise.all(tools.map(isUsable));
  return tools.filter((_tool, index) => found[index] !== true);
}

/** `openjdk version "17.0.15"` on standard error, `javac 17.0.15` on standard output. */
async function isUsable(tool: Tool): Promise<boolean> {
  const output = await outputOf(tool.command, tool.args);
  if (output === undefined || tool.command === "mvn") return output !== undefined;
  return Number(/(?:version "|javac )(\d+)/.exec(output)?.[1] ?? 0) >= javaVersionMin;
}

async function outputOf(command: string, args: readonly string[]): Promise<string | undefined> {
  return await run(command, [...args], { timeout: probeWithinMs }).then(
    ({ stdout, stderr }) => `${stdout}${stderr}`,
    () => undefined,
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
