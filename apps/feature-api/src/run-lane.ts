/**
 * The API as a program: it listens until a signal, and then answers the
 * requests that it has begun. Health and metrics have a port of their own, as
 * in every other process (TRILANE_HEALTH_HOST, TRILANE_HEALTH_PORT), so that
 * they stay inside when the API is published.
 */
import { once } from "node:events";
import { exitCodesText, type LaneProgram, type ProcessContext, openAccessLog, readOptions } from "@trilane/lane-kit";
import { createApi } from "./create-api.ts";

const DRAIN_LIMIT_MS = 10_000;

const apiUsage = `usage: feature-api

It has no options. Address and port come from TRILANE_HOST and TRILANE_API_PORT; those who may read, from
TRILANE_ACCESS_FILE or TRILANE_API_TOKEN.

${exitCodesText()}
`;

export const apiLane: LaneProgram<null> = { name: "feature-api", usage: apiUsage, readConfig, run };

/** @throws SettingsError */
function readConfig(args: readonly string[]): null {
  readOptions({}, args, { positionalsMax: 0 });
  return null;
}

async function run({ platform, lifecycle }: ProcessContext): Promise<void> {
  const { config, reader, clock, settings, logger, metrics } = platform;
  const writeAccess = openAccessLog({ name: apiLane.name, settings, metrics });
  const api = createApi({ config, reader, clock, settings, logger, metrics, writeAccess, limits: settings.apiLimits });
  lifecycle.onShutdown("http", { timeLimitMs: DRAIN_LIMIT_MS }, async () => {
    await api.close();
  });
  const address = await api.listen({ host: settings.host, port: settings.apiPort });
  process.stdout.write(`${JSON.stringify({ listening: address })}\n`);
  if (!lifecycle.signal.aborted) await once(lifecycle.signal, "abort");
}
