/**
 * Runs the requested servers as containers of docker-compose.yml, under a
 * project name of their own and on free ports, so that other containers do not
 * disturb them. `native/compose.sh` takes them down when this process ends.
 */
import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import { ServersError } from "./errors.ts";
import { freePort } from "./free-port.ts";
import { composeFile, logDirectory, nativeDirectory } from "./paths.ts";
import { addressOf, serverNames } from "./server-names.ts";
import type { ServerName } from "./server-names.ts";
import type { ServerDescription, StartedServers, StartRequest } from "./server-set.ts";

const run = promisify(execFile);
const dockerAnswersWithinMs = 5000;
const logTailLines = 15;

/** Replaces Valkey where Redis is requested. It is the last version under the BSD licence. */
const redisImage = "redis:7.2";

/** The variables in docker-compose.yml that move a port. */
export const portVariables: Readonly<Record<ServerName, string>> = {
  kafka: "TRILANE_KAFKA_PORT",
  dynamodb: "TRILANE_DYNAMODB_PORT",
  s3: "TRILANE_S3_PORT",
  cache: "TRILANE_CACHE_PORT",
  queue: "TRILANE_QUEUE_PORT",
};

/** Whether a daemon answers and knows `docker compose`. */
export async function dockerAnswers(): Promise<boolean> {
  const options = { timeout: dockerAnswersWithinMs };
  const [info, compose] = await Promise.allSettled([
    run("docker", ["info"], options),
    run("docker", ["compose", "version"], options),
  ]);
  return info.status === "fulfilled" && compose.status === "fulfilled";
}

/**
 * Resolves when every container is healthy.
 * @throws ServersError `docker-failed` with the last lines of its log.
 */
export async function startComposeServers(request: StartRequest): Promise<StartedServers> {
  const ports = new Map<ServerName, number>();
  for (const name of request.names) ports.set(name, await freePort());
  const variables = composeVariables(request, ports);
  const project = `trilane-${process.pid}-${randomBytes(3).toString("hex")}`;
  const stop = await request.progress.step(`start ${request.names.join(", ")} in Docker`, () =>
    composeUp(project, request.names, variables),
  );
  const images = await imagesOf(variables);
  const servers = [...ports].map(([name, port]): ServerDescription => {
    const [engine = "", version = ""] = (images.get(name) ?? "").split(":");
    return { name, engine, version, address: addressOf(name, port), pid: undefined, how: "docker" };
  });
  return { servers, stop };
}

function composeVariables(request: StartRequest, ports: ReadonlyMap<ServerName, number>): Record<string, string> {
  return {
    ...Object.fromEntries([...ports].map(([name, port]) => [portVariables[name], String(port)])),
    TRILANE_CACHE_MAXMEMORY: request.cacheMaxmemory,
    TRILANE_S3_ACCESS_KEY_ID: request.credentials.accessKeyId,
    TRILANE_S3_SECRET_ACCESS_KEY: request.credentials.secretAccessKey,
    ...(request.cacheEngine === "redis" ? { TRILANE_REDIS_IMAGE: redisImage } : {}),
  };
}

/** Starts the project, and returns the function that takes it down. */
async function composeUp(
  project: string,
  names: readonly ServerName[],
  variables: Readonly<Record<string, string>>,
): Promise<() => Promise<void>> {
  mkdirSync(logDirectory, { recursive: true });
  const logFile = join(logDirectory, `${project}.log`);
  const log = openSync(logFile, "a");
  const keeper = spawn("/bin/sh", [join(nativeDirectory, "compose.sh"), composeFile, project, ...names], {
    stdio: ["pipe", log, log, "pipe"],
    detached: true,
    env: { ...process.env, ...variables },
  });
  closeSync(log);
  keeper.stdin?.on("error", () => {});
  const whenClosed = once(keeper, "close");
  const stop = async (): Promise<void> => {
    keeper.stdin?.end();
    await whenClosed;
  };
  const reports = createInterface({ input: keeper.stdio[3] as Readable });
  const [report] = (await Promise.race([once(reports, "line"), whenClosed])) as [unknown];
  if (report === "ready") return stop;
  await stop();
  const text = await readFile(logFile, "utf8").catch(() => "");
  const tail = text.trimEnd().split("\n").slice(-logTailLines).join("\n");
  throw new ServersError(
    "docker-failed",
    `docker compose up failed (TRILANE_SERVERS_RUNTIME=native does without Docker)\n${tail}\n(${logFile})`,
  );
}

/** The image of each service, such as `valkey/valkey:8.1.3`, as compose itself resolves the file. */
async function imagesOf(variables: Readonly<Record<string, string>>): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await run("docker", ["compose", "--file", composeFile, "config", "--format", "json"], {
    env: { ...process.env, ...variables },
  });
  const { services } = JSON.parse(stdout) as { services: Record<string, { image: string }> };
  return new Map(serverNames.map((name) => [name, services[name]?.image ?? ""]));
}
