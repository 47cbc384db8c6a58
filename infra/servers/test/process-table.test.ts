/** The answers about processes are checked on this test's own process. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { describe, expect, it, vi } from "vitest";
import { freePort, isPortFree } from "../src/free-port.ts";
import { hasStopped, identityOf, isSameProcess, listenersOf } from "../src/process-table.ts";

/** Above every system's highest process id. */
const noProcess = 99_999_999;

describe("identityOf", () => {
  it("tells a process from a later one with its id", async () => {
    const self = await identityOf(process.pid);
    if (self === undefined) throw new Error("this process was not found");
    expect(await isSameProcess(self)).toBe(true);
    expect(await isSameProcess({ ...self, startedAt: `${self.startedAt}1` })).toBe(false);
  });

  it("knows no process that has ended", async () => {
    expect(await identityOf(noProcess)).toBeUndefined();
    expect(await listenersOf(noProcess)).toEqual([]);
  });
});

describe("hasStopped", () => {
  it("is true for a process of many threads only while SIGSTOP holds it", async () => {
    const child = spawn(process.execPath, ["--eval", "setInterval(() => undefined, 1)"], { stdio: "ignore" });
    await once(child, "spawn");
    const pid = child.pid ?? noProcess;
    expect(await hasStopped(pid)).toBe(false);
    child.kill("SIGSTOP");
    await vi.waitUntil(() => hasStopped(pid));
    child.kill("SIGCONT");
    await vi.waitUntil(async () => !(await hasStopped(pid)));
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(await hasStopped(pid)).toBe(true);
  });
});

describe.each([
  { host: "127.0.0.1", address: "127.0.0.1" },
  { host: "0.0.0.0", address: "*" },
  { host: "::1", address: "::1" },
  { host: "::", address: "*" },
])("listenersOf", ({ host, address }) => {
  it(`sees a listener on ${host}`, async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen({ port: 0, host }, resolve));
    const { port } = server.address() as AddressInfo;
    expect(await listenersOf(process.pid)).toContainEqual({ address, port });
    await new Promise((resolve) => server.close(resolve));
    expect(await listenersOf(process.pid)).not.toContainEqual({ address, port });
  });
});

describe("freePort", () => {
  it("names a port that can be bound, below those of outgoing connections", async () => {
    const port = await freePort();
    expect(port).toBeLessThan(32_768);
    expect(await isPortFree(port)).toBe(true);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen({ port, host: "127.0.0.1" }, resolve));
    expect(await isPortFree(port)).toBe(false);
    await new Promise((resolve) => server.close(resolve));
  });
});
