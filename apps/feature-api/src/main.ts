/**
 * The API's process: it listens until a signal, and then answers the requests
 * that it has begun. Health and metrics have a port of their own, as in every
 * other process (TRILANE_HEALTH_HOST, TRILANE_HEALTH_PORT), so that they stay
 * inside when the API is published.
 */
import { once } from "node:events";
import { runProcess } from "@trilane/lane-kit";
import { createApi } from "./create-api.ts";

const DRAIN_LIMIT_MS = 10_000;

await runProcess("feature-api", async ({ platform, lifecycle }) => {
  const { config, reader, clock, settings, logger, metrics } = platform;
  const api = createApi({ config, reader, clock, settings, logger, metrics });
  lifecycle.onShutdown("http", { timeLimitMs: DRAIN_LIMIT_MS }, async () => {
    await api.close();
  });
  const address = await api.listen({ host: settings.host, port: settings.apiPort });
  process.stdout.write(`${JSON.stringify({ listening: address })}\n`);
  if (!lifecycle.signal.aborted) await once(lifecycle.signal, "abort");
});
