/**
 * The settings that this package takes from the environment. Nothing else in it
 * reads `process.env`, so a test can pass an environment of its own.
 */
import { ServersError } from "./errors.ts";
import { addressVariables, serverNames } from "./server-names.ts";
import type { ServerName } from "./server-names.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** How servers without a given address are run. */
export type Runtime = "docker" | "native";

export interface AwsCredentials {
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface ServersConfig {
  /** Addresses that are used as they are, and never taken down. */
  readonly given: ReadonlyMap<ServerName, string>;
  /** `TRILANE_SERVERS_RUNTIME`; without it Docker is asked first. */
  readonly runtime: Runtime | undefined;
  /** Local servers accept exactly these credentials. */
  readonly credentials: AwsCredentials;
}

/** They give access only to servers on the loopback interface. */
export const localCredentials: AwsCredentials = {
  region: "us-east-1",
  accessKeyId: "trilane",
  secretAccessKey: "trilane-local-secret",
};

/**
 * @throws ServersError `invalid-setting` for a runtime that does not exist.
 */
export function readServersConfig(environment: Environment = process.env): ServersConfig {
  const given = new Map<ServerName, string>();
  for (const name of serverNames) {
    const address = environment[addressVariables[name]];
    if (address !== undefined && address !== "") given.set(name, address);
  }
  return { given, runtime: readRuntime(environment), credentials: readCredentials(environment, given) };
}

function readRuntime(environment: Environment): Runtime | undefined {
  const runtime = environment["TRILANE_SERVERS_RUNTIME"];
  if (runtime === undefined || runtime === "") return undefined;
  if (runtime === "docker" || runtime === "native") return runtime;
  throw new ServersError("invalid-setting", `TRILANE_SERVERS_RUNTIME is "${runtime}": it can be docker or native`);
}

/**
 * A developer's own AWS credentials are never given to local servers, and local ones never replace those that belong to
 * a given address.
 */
function readCredentials(environment: Environment, given: ReadonlyMap<ServerName, string>): AwsCredentials {
  if (!given.has("dynamodb") && !given.has("s3")) return localCredentials;
  return {
    region: environment["AWS_REGION"] ?? localCredentials.region,
    accessKeyId: environment["AWS_ACCESS_KEY_ID"] ?? localCredentials.accessKeyId,
    secretAccessKey: environment["AWS_SECRET_ACCESS_KEY"] ?? localCredentials.secretAccessKey,
  };
}
