import { describe, expect, it } from "vitest";
import { Metrics, startHealthServer } from "../src/index.ts";

describe("health server", () => {
  it("is ready only when every check is", async () => {
    const health = await startHealthServer({ host: "127.0.0.1", port: 0, metrics: new Metrics() });
    const status = async (path: string): Promise<number> =>
      (await fetch(`http://127.0.0.1:${health.port}${path}`)).status;
    expect(await status("/health/ready")).toBe(200);
    health.addCheck("kafka", () => Promise.resolve("not a member"));
    health.addCheck("broken", () => Promise.reject(new Error("oops")));
    const response = await fetch(`http://127.0.0.1:${health.port}/health/ready`);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ failing: { kafka: "not a member", broken: "Error: oops" } });
    expect(await status("/health/live")).toBe(200);
    expect(await status("/metrics")).toBe(200);
    expect(await status("/nope")).toBe(404);
    await health.close();
  });
});
