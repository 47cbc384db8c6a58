/**
 * The servers of `trilane up`, for development. Only this file knows the
 * package that installs and starts them. A checkout of the repository has that
 * package; an operator's installation does not need it.
 */
import type * as Servers from "@trilane/servers";
import { CliError } from "./errors.ts";

const PACKAGE = "@trilane/servers";

export type LocalServers = typeof Servers;

/** Throws where the package does not exist. */
type Resolve = (specifier: string) => string;

const resolveHere: Resolve = (specifier) => import.meta.resolve(specifier);

/** Null where the package is not installed. */
export async function findLocalServers(resolve: Resolve = resolveHere): Promise<LocalServers | null> {
  try {
    resolve(PACKAGE);
  } catch {
    return null;
  }
  return await import("@trilane/servers");
}

/** @throws CliError NO_SERVERS where the package is not installed. */
export async function requireLocalServers(resolve: Resolve = resolveHere): Promise<LocalServers> {
  const servers = await findLocalServers(resolve);
  if (servers !== null) return servers;
  const message = `local servers come with the repository: there is no ${PACKAGE} here. Set the addresses of your servers`;
  throw new CliError("NO_SERVERS", message);
}
