/** Liveness, readiness and metrics over HTTP, for orchestrators and scrapers. */
import { createServer, type Server, type ServerResponse } from "node:http";
import type { Metrics } from "./metrics.ts";

export interface HealthServer {
  readonly port: number;
  /** `check` resolves with null when healthy, otherwise with the reason. */
  addCheck(name: string, check: () => Promise<string | null>): void;
  close(): Promise<void>;
}

type Checks = Map<string, () => Promise<string | null>>;

/** Serves `GET /health/live`, `/health/ready` (503 with reasons) and `/metrics`. Rejects when the port is taken. */
export async function startHealthServer(options: {
  host: string;
  port: number;
  metrics: Metrics;
}): Promise<HealthServer> {
  const checks: Checks = new Map();
  const server = createServer((request, response) => {
    void answer(request.url ?? "/", response, checks, options.metrics);
  });
  await listen(server, options);
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : options.port,
    addCheck: (name, check) => void checks.set(name, check),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve());
  });
}

async function answer(url: string, response: ServerResponse, checks: Checks, metrics: Metrics): Promise<void> {
  switch (url) {
    case "/health/live":
      return sendJson(response, 200, { status: "live" });
    case "/health/ready": {
      const failing = await runChecks(checks);
      const isReady = Object.keys(failing).length === 0;
      return sendJson(response, isReady ? 200 : 503, { status: isReady ? "ready" : "not ready", failing });
    }
    case "/metrics":
      response.writeHead(200, { "content-type": metrics.registry.contentType });
      response.end(await metrics.registry.metrics());
      return;
    default:
      return sendJson(response, 404, { error: `no such path: ${url}` });
  }
}

async function runChecks(checks: Checks): Promise<Record<string, string>> {
  const failing: Record<string, string> = {};
  for (const [name, check] of checks) {
    const reason = await check().catch((error: unknown) => String(error));
    if (reason !== null) failing[name] = reason;
  }
  return failing;
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
