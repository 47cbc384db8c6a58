/**
 * Decides where the servers are: at the environment's addresses where it has
 * any, otherwise those of the servers that `trilane up` started. The two are
 * never mixed, because a cache of one deployment must not stand before the
 * store of another.
 *
 * This is the only file of this package that reads and completes the
 * environment; the AWS client and the started programs take their settings from
 * there.
 */
import { refuseUnknownSettings } from "@trilane/lane-kit";
import type { DetachedState } from "@trilane/servers";
import { CliError } from "./errors.ts";
import { findLocalServers } from "./local-servers.ts";
import { ADDRESS_VARIABLES } from "./server-names.ts";

export type ServersSource =
  | { readonly kind: "environment"; readonly addresses: Readonly<Record<string, string>> }
  | { readonly kind: "up"; readonly state: DetachedState; readonly ended: readonly string[] }
  | { readonly kind: "none" };

const LOG_LEVEL_DEFAULT = "warn";

export async function findServers(): Promise<ServersSource> {
  const addresses = givenAddresses();
  if (Object.keys(addresses).length > 0) return { kind: "environment", addresses };
  const servers = await findLocalServers();
  const status = await servers?.detachedStatus(stateFile());
  if (status === undefined || !status.running) return { kind: "none" };
  return { kind: "up", state: status.state, ended: status.ended.map(({ name }) => name) };
}

/** Runs for every command, whether it needs servers or not. @throws SettingsError for a name that no setting has */
export function checkSettingNames(): void {
  refuseUnknownSettings(process.env);
}

/**
 * Completes the environment of this process with the addresses.
 * @throws CliError NO_SERVERS
 */
export async function useServers(): Promise<void> {
  const servers = await findServers();
  if (servers.kind === "environment") return;
  if (servers.kind === "none") {
    const names = Object.values(ADDRESS_VARIABLES).join(", ");
    throw new CliError("NO_SERVERS", `no servers: run \`trilane up\`, or set the addresses of yours (${names})`);
  }
  Object.assign(process.env, servers.state.env);
  // A developer's own profile or session would be preferred to the local servers' keys.
  delete process.env["AWS_PROFILE"];
  delete process.env["AWS_SESSION_TOKEN"];
}

/**
 * The file in which `trilane up` remembers its servers: TRILANE_SERVERS_FILE, or else in the repository's `.trilane/`.
 */
export function stateFile(): { readonly stateFile?: string } {
  const file = process.env["TRILANE_SERVERS_FILE"];
  return file === undefined || file === "" ? {} : { stateFile: file };
}

export function logLevel(): string {
  return process.env["TRILANE_LOG_LEVEL"] ?? LOG_LEVEL_DEFAULT;
}

/** The queue that TRILANE_QUEUE names; the worker uses the same one. */
export function queueName(): string | undefined {
  const name = process.env["TRILANE_QUEUE"];
  return name === "" ? undefined : name;
}

/** The given addresses, by the server's name. */
function givenAddresses(): Readonly<Record<string, string>> {
  const given = Object.entries(ADDRESS_VARIABLES).map(([name, variable]) => [name, process.env[variable] ?? ""]);
  return Object.fromEntries(given.filter(([, address]) => address !== ""));
}
