/** Login and certificates of connections to a real server that asks for both, renewed while the client lives. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  cacheConfig,
  type Certificates,
  createCertificates,
  freePort,
  type ServerHandle,
  startRedis,
} from "@trilane/servers";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import {
  type CacheClient,
  connectCacheClient,
  createCacheClient,
  createLogger,
  loadSettings,
  type Settings,
} from "../src/index.ts";

const WAIT_MS_MAX = 10_000;

let folder = "";
let certificates: Certificates;
let server: ServerHandle;
let admin: Redis;
let tlsPort = 0;
const clients: CacheClient[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "trilane-secured-"));
  certificates = await createCertificates(folder);
  tlsPort = await freePort();
  const { authority, certificate, key } = certificates.server;
  server = await startRedis({
    config: {
      ...cacheConfig(),
      "tls-port": String(tlsPort),
      "tls-cert-file": certificate,
      "tls-key-file": key,
      "tls-ca-cert-file": authority,
      "tls-auth-clients": "optional",
    },
  });
  admin = new Redis(server.url);
});

afterEach(() => {
  for (const client of clients.splice(0)) client.disconnect();
});

afterAll(async () => {
  admin?.disconnect();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function fileWith(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function setPassword(password: string): Promise<void> {
  await admin.call("ACL", "SETUSER", "app", "reset", "on", `>${password}`, "~*", "&*", "+@all");
}

function settingsWith(variables: Readonly<Record<string, string>>): Settings {
  return loadSettings({
    TRILANE_CACHE_URL: `rediss://127.0.0.1:${tlsPort}`,
    TRILANE_CACHE_CA_FILE: certificates.server.authority,
    ...variables,
  });
}

async function connect(variables: Readonly<Record<string, string>>): Promise<Redis> {
  const client = createCacheClient(settingsWith(variables), {
    logger: createLogger("test", "silent"),
    process: "test",
  });
  clients.push(client);
  await connectCacheClient(client);
  if (!(client instanceof Redis)) throw new Error("one server has a client of one server");
  return client;
}

async function userOf(client: Redis): Promise<unknown> {
  return await client.call("ACL", "WHOAMI");
}

describe("a server with TLS and users", () => {
  it("is connected to with its authority, a user and a password from a file; so are duplicates", async () => {
    await setPassword("first");
    const login = { TRILANE_CACHE_USERNAME: "app", TRILANE_CACHE_PASSWORD_FILE: fileWith("password", "first\n") };
    const client = await connect(login);
    expect(await userOf(client)).toBe("app");
    const duplicate = client.duplicate();
    clients.push(duplicate);
    await duplicate.connect();
    expect(await userOf(duplicate)).toBe("app");
  });

  it("gets a renewed password at the next connection, without a restart", async () => {
    await setPassword("first");
    const login = { TRILANE_CACHE_USERNAME: "app", TRILANE_CACHE_PASSWORD_FILE: fileWith("renewed", "first") };
    const client = await connect(login);
    const before = await client.client("ID");
    fileWith("renewed", "second");
    await setPassword("second");
    await admin.call("CLIENT", "KILL", "USER", "app");
    // A connection that a busy machine opens too slowly is dropped and opened once more.
    const isAnew = async (): Promise<boolean> =>
      (await client.client("ID").catch(() => before)) !== before && (await userOf(client).catch(() => null)) === "app";
    await vi.waitUntil(isAnew, { timeout: WAIT_MS_MAX });
  });

  it("gets another client certificate, and is trusted with a renewed one of its own", async () => {
    const { certificate, key } = certificates.client;
    await admin.config("SET", "tls-auth-clients", "yes");
    try {
      await expect(connect({})).rejects.toThrow();
      const client = await connect({ TRILANE_CACHE_CERTIFICATE_FILE: certificate, TRILANE_CACHE_KEY_FILE: key });
      await certificates.renewServer();
      await admin.config(
        "SET",
        "tls-cert-file",
        certificates.server.certificate,
        "tls-key-file",
        certificates.server.key,
      );
      const before = await client.client("ID");
      await admin.call("CLIENT", "KILL", "ID", String(before));
      const isAnew = async (): Promise<boolean> => (await client.client("ID").catch(() => before)) !== before;
      await vi.waitUntil(isAnew, { timeout: WAIT_MS_MAX });
    } finally {
      await admin.config("SET", "tls-auth-clients", "optional");
    }
  });

  it("is told why it is not connected to", async () => {
    await expect(connect({ TRILANE_CACHE_CA_FILE: "" })).rejects.toThrow(/certificate/);
    const login = { TRILANE_CACHE_USERNAME: "app", TRILANE_CACHE_PASSWORD: "S3cr3t" };
    await expect(connect(login)).rejects.toThrow(/WRONGPASS/);
    await expect(connect(login)).rejects.not.toThrow(/S3cr3t/);
  });
});
