/**
 * The servers that the demo runs on: those of the environment's addresses,
 * otherwise those of `trilane up`. Missing servers are started here and stopped
 * at the end.
 *
 * This is the only file of this package that reads and completes the
 * environment; the AWS client and the lanes' processes take their settings from
 * there.
 */
import { addressVariables, detachedStatus, type SecuredServers, startServers } from "@trilane/servers";
import { startServersForPrograms } from "./secured-programs.ts";

/** Starts what is missing, and resolves with the result of `run`. */
export async function withServers<Result>(run: () => Promise<Result>): Promise<Result> {
  const detached = hasAddresses() ? undefined : await detachedEnvironment();
  if (detached !== undefined) {
    completeEnvironment(detached);
    return await run();
  }
  const servers = await startServers();
  try {
    completeEnvironment(servers.env);
    return await run();
  } finally {
    await servers.stop();
  }
}

/** The demo itself comes by the servers' open ways. */
export async function withSecuredServers<Result>(run: (servers: SecuredServers) => Promise<Result>): Promise<Result> {
  const servers = await startServersForPrograms();
  try {
    completeEnvironment(servers.env);
    return await run(servers);
  } finally {
    await servers.stop();
  }
}

function hasAddresses(): boolean {
  return Object.values(addressVariables).some((variable) => (process.env[variable] ?? "") !== "");
}

/** The addresses of the servers that `trilane up` started; undefined where none run. */
async function detachedEnvironment(): Promise<Readonly<Record<string, string>> | undefined> {
  const stateFile = process.env["TRILANE_SERVERS_FILE"] ?? "";
  const status = await detachedStatus(stateFile === "" ? {} : { stateFile });
  return status.running ? status.state.env : undefined;
}

/** Removes a developer's own profile and session, which would be preferred to the local servers' keys. */
function completeEnvironment(environment: Readonly<Record<string, string>>): void {
  Object.assign(process.env, environment);
  delete process.env["AWS_PROFILE"];
  delete process.env["AWS_SESSION_TOKEN"];
}
