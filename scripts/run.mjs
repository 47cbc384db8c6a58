#!/usr/bin/env node
/**
 * The first program to run on a fresh clone: plain JavaScript for Node 20 or
 * later, without dependencies. It installs the packages of the lockfile, and
 * then runs the task's real script with the project's own Node.js 24.
 *
 *   node scripts/run.mjs TASK [ARGUMENT ...]
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Task -> its script, and whether it needs the servers. */
const TASKS = {
  demo: { script: ["apps/demo/src/main.ts"], servers: false },
  test: { script: ["scripts/test.ts"], servers: true },
  bench: { script: ["scripts/bench.ts"], servers: true },
  "bench-http": { script: ["apps/feature-api/bench/main.ts"], servers: true },
  "bench-jobs": { script: ["apps/job-worker/bench/main.ts"], servers: true },
  "bench-stream": { script: ["apps/stream-consumer/bench/main.ts"], servers: true },
  "bench-stream-cpu": { script: ["apps/stream-consumer/bench/in-memory.ts"], servers: false },
  "bench-beside-load": { script: ["apps/edges/src/beside-load/main.ts"], servers: true },
  lint: { script: ["scripts/lint.ts"], servers: false },
  explore: { script: ["packages/verification/src/main.ts", "explore"], servers: false },
  simulate: { script: ["packages/verification/src/main.ts", "simulate"], servers: false },
  check: { script: ["packages/verification/src/main.ts", "check"], servers: false },
  compare: { script: ["apps/comparison/src/main.ts"], servers: false },
  "lua-mutants": { script: ["packages/verification/src/main.ts", "lua-mutants"], servers: false },
  evidence: { script: ["scripts/evidence.ts"], servers: false },
  "check-checker": { script: ["packages/verification/src/main.ts", "check-checker"], servers: false },
  edges: { script: ["apps/edges/src/main.ts"], servers: false },
  "large-loads": { script: ["apps/edges/src/large-loads/main.ts"], servers: true },
  cost: { script: ["apps/edges/src/cost/main.ts"], servers: true },
  soak: { script: ["apps/edges/src/soak/main.ts"], servers: true },
  torture: { script: ["apps/torture/src/main.ts"], servers: false },
  journey: { script: ["apps/demo/src/journey/main.ts"], servers: false },
  trilane: { script: ["apps/cli/src/main.ts"], servers: false },
};

/** Tasks that write a page below `docs/`, in the plain form of their tables. */
const PAGE_TASKS = [
  "bench",
  "bench-http",
  "bench-jobs",
  "bench-stream",
  "bench-beside-load",
  "large-loads",
  "cost",
  "soak",
];
const PAGES = ["docs/benchmarks", "docs/cost.md"].map((page) => join(root, page));

const [taskName = "", ...rest] = process.argv.slice(2);
const task = TASKS[taskName];
if (task === undefined) {
  console.error(`usage: node scripts/run.mjs ${Object.keys(TASKS).join("|")} [ARGUMENT ...]`);
  process.exit(2);
}

process.exitCode = (await install()) || (await runTask());

/** Installs once per lockfile: the stamp is written only after success. */
async function install() {
  const lock = readFileSync(join(root, "pnpm-lock.yaml"));
  const hash = createHash("sha256").update(lock).digest("hex");
  const stamp = join(root, "node_modules", ".trilane-installed");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return 0;
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  console.error(`installing dependencies with ${packageManager}`);
  const code = await run("npx", ["--yes", packageManager, "install", "--frozen-lockfile"], { stdout: 2 });
  if (code !== 0) {
    console.error("could not install the dependencies: is the npm registry reachable?");
    return code;
  }
  mkdirSync(join(root, "node_modules"), { recursive: true });
  writeFileSync(stamp, hash);
  return 0;
}

async function runTask() {
  const node = join(root, "node_modules", ".bin", "node");
  const script = task.servers
    ? [join(root, "infra/servers/src/main.ts"), "run", "--", node, ...task.script, ...rest]
    : [...task.script, ...rest];
  const code = await run(node, script, { stdout: "inherit" });
  if (!PAGE_TASKS.includes(taskName)) return code;
  const formatted = await run(join(root, "node_modules", ".bin", "oxfmt"), PAGES, { stdout: 2 });
  return code || formatted;
}

/** Resolves with the exit code. Signals reach the child through the terminal or are passed on. */
function run(command, commandArguments, { stdout }) {
  return new Promise((resolve) => {
    const child = spawn(command, commandArguments, {
      cwd: root,
      stdio: ["inherit", stdout, "inherit"],
      env: {
        ...process.env,
        PATH: join(root, "node_modules", ".bin") + delimiter + process.env.PATH,
        TURBO_TELEMETRY_DISABLED: "1",
        // The start of a process is mostly the compilation of its sources, and tests and demo start hundreds.
        NODE_COMPILE_CACHE: join(root, ".trilane", "compile-cache"),
      },
    });
    const pass = (signal) => child.kill(signal);
    process.on("SIGINT", pass);
    process.on("SIGTERM", pass);
    child.on("error", (error) => {
      console.error(`cannot start ${command}: ${error.message}`);
      resolve(1);
    });
    child.on("exit", (code, signal) => {
      process.off("SIGINT", pass);
      process.off("SIGTERM", pass);
      resolve(signal === null ? (code ?? 1) : 130);
    });
  });
}
