import { expect, it, onTestFinished } from "vitest";
import { Metrics, type HealthServer } from "../src/index.ts";
import { openHealthServer } from "../src/open-health-server.ts";

const logger = { info: () => undefined };

async function opened(name: string, healthPort?: number | "off"): Promise<HealthServer | null> {
  const settings = { healthHost: "127.0.0.1", ...(healthPort === undefined ? {} : { healthPort }) };
  const server = await openHealthServer(name, { settings, metrics: new Metrics(), logger });
  if (server !== null) onTestFinished(() => server.close());
  return server;
}

it("listens without a setting, each process of a program on a port of its own", async () => {
  const [first, second] = [await opened("job-worker"), await opened("job-worker")];
  expect(first?.port).not.toBe(second?.port);
  for (const server of [first, second]) {
    expect((await fetch(`http://127.0.0.1:${server?.port}/health/live`)).status).toBe(200);
  }
});

it("listens nowhere where the setting says so, or the program ends by itself", async () => {
  expect([await opened("job-worker", "off"), await opened("batch-loader")]).toEqual([null, null]);
});

it("says that a port of the settings is taken, and takes no other one", async () => {
  const first = await opened("batch-loader", 0);
  await expect(opened("batch-loader", first?.port)).rejects.toThrow(/EADDRINUSE/u);
});
