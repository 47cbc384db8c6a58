/** Runs the real command as a child, with a table and a configuration of its own. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const CONFIG = fileURLToPath(new URL("../../../trilane.config.ts", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Names that nothing else uses. */
export function ownNames(): { readonly TRILANE_TABLE: string; readonly TRILANE_QUEUE: string } {
  const name = `t-${randomBytes(6).toString("hex")}`;
  return { TRILANE_TABLE: name, TRILANE_QUEUE: name };
}

/** No servers except those in the environment, so a developer's own are not seen. */
export function ownEnvironment(more: Environment = {}): NodeJS.ProcessEnv {
  const file = join(tmpdir(), `trilane-${randomBytes(6).toString("hex")}.json`);
  return { ...process.env, TRILANE_CONFIG: CONFIG, TRILANE_SERVERS_FILE: file, ...more };
}

export async function trilane(environment: NodeJS.ProcessEnv, args: readonly string[], stdin = ""): Promise<Ended> {
  const child = spawn(process.execPath, [MAIN, ...args], { env: environment, stdio: "pipe" });
  child.stdin.end(stdin);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code: child.exitCode, stdout, stderr };
}

export function startTrilane(environment: NodeJS.ProcessEnv, args: readonly string[]): ReturnType<typeof spawn> {
  return spawn(process.execPath, [MAIN, ...args], { env: environment, stdio: ["ignore", "pipe", "inherit"] });
}
