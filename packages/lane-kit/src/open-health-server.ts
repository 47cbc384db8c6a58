/**
 * Opens the health server of a program, on the port of the settings or on the
 * program's own. Several processes of one program may share a machine, so the
 * first has the program's port, and the others say which ones they took.
 */
import type { Logger } from "pino";
import { type HealthServer, startHealthServer } from "./health-server.ts";
import type { Metrics } from "./metrics.ts";
import type { Settings } from "./settings/load-settings.ts";

export interface OpenHealthServer {
  readonly settings: Pick<Settings, "healthHost" | "healthPort">;
  readonly metrics: Metrics;
  readonly logger: Pick<Logger, "info">;
}

/** By the name of the process. A program that ends by itself has none. */
const PORTS: Readonly<Record<string, number>> = {
  "stream-consumer": 9_101,
  "job-worker": 9_102,
  "feature-api": 9_103,
};
const ANY_PORT = 0;

/** Null for a program without one. Rejects where the port of the settings is taken. */
export async function openHealthServer(
  name: string,
  { settings: { healthHost: host, healthPort }, metrics, logger }: OpenHealthServer,
): Promise<HealthServer | null> {
  const port = healthPort ?? PORTS[name];
  if (port === undefined || port === "off") return null;
  const health = await startHealthServer({ host, port, metrics }).catch((error: unknown) => {
    if (healthPort !== undefined || !isTaken(error)) throw error;
    return startHealthServer({ host, port: ANY_PORT, metrics });
  });
  logger.info({ host, port: health.port }, "health server listens");
  return health;
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EADDRINUSE";
}
