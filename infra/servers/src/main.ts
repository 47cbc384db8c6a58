/**
 * The command: `up`, `down`, `status`, `fetch`, and `run -- <command...>`,
 * which starts every server, runs the command with their addresses in its
 * environment, stops them and ends as the command ended.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { detachedStatus, downDetached, upDetached } from "./detached-servers.ts";
import { messageOf, ServersError } from "./errors.ts";
import { fetchServers } from "./fetch-servers.ts";
import { describeServer, startServers } from "./start-servers.ts";

const usage = `usage: node infra/servers/src/main.ts <command>

  up                     start the servers; they stay up. Prints their environment
  down                   stop them
  status                 what runs; exit status 1 where nothing does
  fetch                  bring the servers to this machine, start nothing
  run -- <command...>    start, run the command with their addresses, stop
`;

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${messageOf(error)}\n`);
  return 1;
});

async function main(args: readonly string[]): Promise<number> {
  switch (args[0]) {
    case "up":
      return await up();
    case "down":
      process.stderr.write((await downDetached()) ? "stopped\n" : "nothing was running\n");
      return 0;
    case "status":
      return await status();
    case "fetch":
      await fetchServers();
      return 0;
    case "run":
      return await runCommand(args.slice(args[1] === "--" ? 2 : 1));
    default:
      process.stderr.write(usage);
      return 2;
  }
}

/** Standard output is for `eval`; the description goes to standard error. */
async function up(): Promise<number> {
  const state = await upDetached();
  process.stderr.write(`${state.servers.map(describeServer).join("\n")}\n`);
  const exports = Object.entries(state.env).map(([name, value]) => `export ${name}='${value}'\n`);
  process.stdout.write(exports.join(""));
  return 0;
}

async function status(): Promise<number> {
  const found = await detachedStatus();
  if (!found.running) {
    process.stdout.write("nothing is running\n");
    return 1;
  }
  const ended = new Set(found.ended.map(({ name }) => name));
  for (const server of found.state.servers) {
    process.stdout.write(`${describeServer(server)}${ended.has(server.name) ? "  ENDED" : ""}\n`);
  }
  process.stdout.write(`up since ${found.state.startedAt}, kept by pid ${found.state.keeper.pid}\n`);
  return ended.size === 0 ? 0 : 1;
}

/**
 * Until the command runs, a signal ends this process in the default way, and the servers with it. After that it is
 * passed on, and the command decides; a second signal kills the command. A terminal sends ctrl-C to both by itself.
 */
async function runCommand(command: readonly string[]): Promise<number> {
  const [file, ...args] = command;
  if (file === undefined) throw new ServersError("invalid-setting", usage);
  const servers = await startServers();
  try {
    const child = spawn(file, args, { stdio: "inherit", env: childEnvironment(servers.env) });
    let signals = 0;
    const passOn = (signal: NodeJS.Signals): void => {
      signals += 1;
      if (signals > 1) child.kill("SIGKILL");
      else if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, passOn);
    const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
    return signal === null ? (code ?? 1) : 128 + constants.signals[signal];
  } finally {
    await servers.stop();
  }
}

/** Removes a developer's own profile or session, which would be preferred to the local keys. */
function childEnvironment(env: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { AWS_PROFILE: _profile, AWS_SESSION_TOKEN: _session, ...inherited } = process.env;
  return { ...inherited, ...env };
}
