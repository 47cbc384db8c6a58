/**
 * The servers of `trilane up`, for development: the only file that knows the
 * package which installs and starts them. A checkout of the repository has that
 * package, an operator's installation does not need it.
 */
import type * as Servers from "@trilane/servers";
import { CliError } from "./errors.ts";

const PACKAGE = "@trilane/servers";

export type LocalServers = typeof Servers;

/** Null where the package is not installed. */
export async function findLocalServers(): Promise<LocalServers | null> {
  try {
    import.meta.resolve(PACKAGE);
  } catch {
    return null;
  }
  return await import("@trilane/servers");
}

/** @throws CliError NO_SERVERS where the package is not installed. */
export async function requireLocalServers(): Promise<LocalServers> {
  const servers = await findLocalServers();
  if (servers !== null) return servers;
  const message = `local servers come with the repository: there is no ${PACKAGE} here. Set the addresses of your servers`;
  throw new CliError("NO_SERVERS", message);
}
