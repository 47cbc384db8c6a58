/** The set: all five at once, given addresses, one engine or the other, a failed start. */
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { localCredentials } from "../src/config.ts";
import { silentProgress } from "../src/progress.ts";
import { addressVariables, serverNames } from "../src/server-names.ts";
import { startServers } from "../src/start-servers.ts";
import { expectGone } from "./fixtures/expect-gone.ts";

const native = { runtime: "native", environment: {}, progress: silentProgress } as const;

describe("startServers", () => {
  it("brings all five up, hands their addresses on, and leaves nothing", { timeout: 90_000 }, async () => {
    const servers = await startServers(native);
    expect(servers.servers.map(({ name }) => name)).toEqual(serverNames);
    expect(servers.describe()).toHaveLength(serverNames.length);
    expect(Object.keys(servers.env).toSorted()).toEqual(
      [...Object.values(addressVariables), "AWS_ACCESS_KEY_ID", "AWS_REGION", "AWS_SECRET_ACCESS_KEY"].toSorted(),
    );
    expect(servers.env["AWS_ACCESS_KEY_ID"]).toBe(localCredentials.accessKeyId);
    const pids = servers.servers.flatMap(({ pid }) => pid ?? []);
    const ports = Object.values(servers.endpoints).map((address) => Number(address.split(":").at(-1)));
    expect(new Set(ports).size).toBe(serverNames.length);
    await servers.stop();
    await expectGone({ pids, ports });
  });

  it("uses given addresses as they are and never takes them down", async () => {
    const bystander = createServer();
    await new Promise<void>((resolve) => bystander.listen({ port: 0, host: "127.0.0.1" }, resolve));
    const { port } = bystander.address() as AddressInfo;
    const servers = await startServers({
      ...native,
      only: ["kafka", "cache"],
      environment: { TRILANE_KAFKA_BROKERS: `127.0.0.1:${port}` },
    });
    expect(servers.endpoints.kafka).toBe(`127.0.0.1:${port}`);
    expect(servers.servers.map(({ how }) => how)).toEqual(["environment", "native"]);
    await servers.stop();
    expect(bystander.listening).toBe(true);
    await new Promise((resolve) => bystander.close(resolve));
  });

  it("starts what was asked for on the asked-for engine", async () => {
    const servers = await startServers({ ...native, only: ["cache", "queue"], cacheEngine: "redis" });
    expect(servers.servers.map(({ name, engine }) => [name, engine])).toEqual([
      ["cache", "redis"],
      ["queue", "redis"],
    ]);
    await servers.stop();
  });

  it("leaves nothing when one of them fails", async () => {
    const lines: string[] = [];
    const failing = startServers({
      ...native,
      only: ["cache", "queue"],
      cacheMaxmemory: "lots",
      progress: {
        note: () => {},
        step: async (_label, work, detail) => {
          const result = await work();
          lines.push(detail?.(result) ?? "");
          return result;
        },
      },
    });
    await expect(failing).rejects.toMatchObject({ code: "exited" });
    const pid = Number(/pid (\d+)/.exec(lines.join("\n"))?.[1]);
    expect(pid).toBeGreaterThan(0);
    await expectGone({ pids: [pid], ports: [] });
  });
});
