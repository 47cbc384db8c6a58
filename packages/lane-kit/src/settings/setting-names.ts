/**
 * Refuses names that begin like settings but are none. A misspelt setting would
 * be ignored, and some settings decide about correctness.
 *
 * Names that Kubernetes makes for a Service (and Docker for a link) are passed
 * over. Such a name may even be that of a setting: a Service `trilane-api` puts
 * `TRILANE_API_PORT=tcp://10.0.0.1:80` into every pod.
 */
import { fileVariableOf, settingEntries } from "./declarations.ts";
import { nearestName } from "./nearest-name.ts";
import { SettingsError } from "./settings-error.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = "TRILANE_";
const OTHERS_SHOWN_MAX = 10;

/** Names that no deployed program reads as a setting. */
const DEVELOPMENT_NAMES: readonly string[] = [
  // Of the development servers.
  "TRILANE_SERVERS_RUNTIME",
  "TRILANE_SERVERS_FILE",
  "TRILANE_CACHE_MAXMEMORY",
  "TRILANE_S3_ACCESS_KEY_ID",
  "TRILANE_S3_SECRET_ACCESS_KEY",
  "TRILANE_REDIS_IMAGE",
  "TRILANE_CACHE_PORT",
  "TRILANE_DYNAMODB_PORT",
  "TRILANE_KAFKA_PORT",
  "TRILANE_QUEUE_PORT",
  "TRILANE_S3_PORT",
  // What the demo, the fault run and the tests tell their own processes.
  "TRILANE_DEMO_REFRESH_FILE",
  "TRILANE_TORTURE_CLOCK_WITNESS",
  "TRILANE_TORTURE_PROCESS",
  "TRILANE_TORTURE_RECORDING",
  "TRILANE_TEST_GROUP",
  "TRILANE_TEST_LOG",
];

/** A test finds a name that some part of the project reads and that is not here. */
export const SETTING_NAMES: ReadonlySet<string> = new Set([
  ...settingEntries.flatMap(([name, { isSecret = false }]) => (isSecret ? [name, fileVariableOf(name)] : [name])),
  ...DEVELOPMENT_NAMES,
]);

/** `TRILANE_API_SERVICE_PORT_HTTP`, `TRILANE_API_PORT_80_TCP_ADDR` and their like. */
const SERVICE_NAMES: readonly RegExp[] = [
  /_SERVICE_HOST$/,
  /_SERVICE_PORT(_[A-Z0-9_]+)?$/,
  /_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/,
];
const SERVICE_ADDRESS = /^(tcp|udp|sctp):\/\//;

/** @throws SettingsError naming the unknown names, never a value, each with the nearest known name */
export function refuseUnknownSettings(environment: Environment): void {
  const unknown = Object.keys(environment)
    .filter((name) => isUnknown(name, environment[name]))
    .toSorted();
  const [first, ...others] = unknown;
  if (first === undefined) return;
  const shown = others.slice(0, OTHERS_SHOWN_MAX).map((name) => `; nor is ${name} one, ${hintOf(name)}`);
  const more = others.length > shown.length ? `; and ${others.length - shown.length} more` : "";
  const text = `there is no such setting, ${hintOf(first)}${shown.join("")}${more}`;
  throw new SettingsError(first, `${text}. Correct or unset what is misspelt: it would be ignored.`);
}

/** The environment without the variables that Kubernetes made, even where one has the name of a setting. */
export function withoutServices(environment: Environment): Environment {
  const own = Object.entries(environment).filter(([name, value]) => !isOfService(name, value));
  return Object.fromEntries(own);
}

function isUnknown(name: string, value: string | undefined): boolean {
  return name.startsWith(PREFIX) && value !== undefined && !SETTING_NAMES.has(name) && !isOfService(name, value);
}

function isOfService(name: string, value: string | undefined): boolean {
  // A Service may be named just `trilane`.
  if (!name.startsWith(PREFIX)) return false;
  if (name.endsWith("_PORT") && SERVICE_ADDRESS.test(value ?? "")) return true;
  return SERVICE_NAMES.some((pattern) => pattern.test(name));
}

function hintOf(name: string): string {
  const nearest = nearestName(name, SETTING_NAMES);
  return nearest === null ? "nor one that resembles it" : `the nearest is ${nearest}`;
}
