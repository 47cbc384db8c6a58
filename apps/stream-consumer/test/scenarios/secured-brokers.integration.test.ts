/**
 * TLS, client certificates and every login against a real broker, and the
 * messages where one of them does not fit.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger, loadSettings } from "@trilane/lane-kit";
import { type Certificates, createCertificates, freePort, type ServerHandle, startKafka } from "@trilane/servers";
import { systemClock } from "@trilane/write-through";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { StreamError } from "../../src/index.ts";
import { checkBrokers } from "../../src/kafkajs/check-brokers.ts";

const USER = "app";
const PASSWORD = "S3cr3t-of-app";
const SOON_MS = 8_000;

let folder = "";
let certificates: Certificates;
let kafka: ServerHandle;
let loginBroker = "";
let certificateBroker = "";
let tokens: TokenEndpoint;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "trilane-secured-"));
  certificates = await createCertificates(folder);
  const [loginPort, certificatePort] = [await freePort(), await freePort()];
  const secured = { loginPort, certificatePort, server: certificates.server, users: { [USER]: PASSWORD } };
  kafka = await startKafka({ secured });
  [loginBroker, certificateBroker] = [`127.0.0.1:${loginPort}`, `127.0.0.1:${certificatePort}`];
  tokens = await startTokenEndpoint();
});

afterAll(async () => {
  await kafka?.stop();
  tokens?.close();
  rmSync(folder, { recursive: true, force: true });
});

type Variables = Readonly<Record<string, string>>;

/** Checks with the settings, as a process would. */
async function check(broker: string, variables: Variables): Promise<void> {
  const settings = loadSettings({
    TRILANE_CACHE_URL: "redis://127.0.0.1:1",
    TRILANE_KAFKA_BROKERS: broker,
    ...variables,
  });
  const { kafkaBrokers: brokers, kafkaSecurity: security } = settings;
  await checkBrokers({
    brokers,
    security,
    clientId: "test",
    logger: createLogger("test", "silent"),
    clock: systemClock,
  });
}

async function refusalOf(broker: string, variables: Variables): Promise<StreamError> {
  const startMs = systemClock.monotonicMs();
  const error: unknown = await check(broker, variables).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof StreamError)) throw new Error("it was not refused", { cause: error });
  expect(systemClock.monotonicMs() - startMs).toBeLessThan(SOON_MS);
  expect(error.message).not.toContain(PASSWORD);
  return error;
}

function trusted(): Variables {
  return { TRILANE_KAFKA_CA_FILE: certificates.server.authority };
}

function login(mechanism: string, password = PASSWORD): Variables {
  return {
    ...trusted(),
    TRILANE_KAFKA_LOGIN: mechanism,
    TRILANE_KAFKA_USERNAME: USER,
    TRILANE_KAFKA_PASSWORD: password,
  };
}

describe("brokers that ask for a login over TLS", () => {
  it.each(["plain", "scram-sha-256", "scram-sha-512"])("take the user and the password by %s", async (mechanism) => {
    await expect(check(loginBroker, login(mechanism))).resolves.toBeUndefined();
  });

  it("take a token that the token endpoint gave for the client's credentials", async () => {
    await expect(
      check(loginBroker, { ...login("oauthbearer"), TRILANE_KAFKA_TOKEN_URL: tokens.url }),
    ).resolves.toBeUndefined();
    expect(tokens.credentials).toBe(`${USER}:${PASSWORD}`);
  });

  it.each(["plain", "scram-sha-512"])("refuse another password by name: %s", async (mechanism) => {
    const error = await refusalOf(loginBroker, login(mechanism, "another"));
    expect(error.code).toBe("BROKERS_REFUSED");
    expect(error.message).toMatch(/refuse the login \(TRILANE_KAFKA_LOGIN, TRILANE_KAFKA_USERNAME, /);
  });

  it("are told from an outage where no login is set", async () => {
    const error = await refusalOf(loginBroker, trusted());
    expect(error.message).toMatch(/as brokers do that want a login: see TRILANE_KAFKA_LOGIN/);
  });

  it("take a password that was renewed in its file", async () => {
    const file = join(folder, "password");
    writeFileSync(file, "of yesterday\n");
    const { TRILANE_KAFKA_PASSWORD: _, ...rest } = login("scram-sha-512");
    const variables = { ...rest, TRILANE_KAFKA_PASSWORD_FILE: file };
    expect((await refusalOf(loginBroker, variables)).code).toBe("BROKERS_REFUSED");
    writeFileSync(file, `${PASSWORD}\n`);
    await expect(check(loginBroker, variables)).resolves.toBeUndefined();
  });
});

describe("brokers that ask for a client certificate", () => {
  it("take one that their authority signed", async () => {
    const { certificate, key } = certificates.client;
    const client = { TRILANE_KAFKA_CERTIFICATE_FILE: certificate, TRILANE_KAFKA_KEY_FILE: key };
    await expect(check(certificateBroker, { ...trusted(), ...client })).resolves.toBeUndefined();
  });

  it("are told where none is set", async () => {
    const error = await refusalOf(certificateBroker, trusted());
    expect(error.message).toMatch(/TRILANE_KAFKA_CERTIFICATE_FILE/);
  });
});

describe("TLS on one side only", () => {
  it("is told where the brokers have it", async () => {
    const error = await refusalOf(loginBroker, {});
    expect(error.message).toMatch(/they want TLS: set TRILANE_KAFKA_TLS=on/);
  });

  it("is told where the process has it", async () => {
    const error = await refusalOf(kafka.url, { TRILANE_KAFKA_TLS: "on" });
    expect(error.message).toMatch(/do not speak TLS at this address: see TRILANE_KAFKA_TLS/);
  });

  it("is told where the certificate is not trusted", async () => {
    const error = await refusalOf(loginBroker, { TRILANE_KAFKA_TLS: "on" });
    expect(error.message).toMatch(/certificate is not trusted: .*TRILANE_KAFKA_CA_FILE/);
  });
});

describe("a token endpoint", () => {
  it("that refuses is told with its status, without what it answered", async () => {
    const variables = { ...login("oauthbearer"), TRILANE_KAFKA_TOKEN_URL: `${tokens.url}/refuse` };
    const error = await refusalOf(loginBroker, variables);
    expect(error.message).toMatch(/the token endpoint http:.* answered 401/);
  });
});

interface TokenEndpoint {
  readonly url: string;
  /** The credentials of the last request, as `user:password`. */
  readonly credentials: string;
  close(): void;
}

async function startTokenEndpoint(): Promise<TokenEndpoint> {
  let credentials = "";
  const server = createServer((request, response) => {
    const [, encoded = ""] = (request.headers.authorization ?? "").split(" ");
    credentials = Buffer.from(encoded, "base64").toString();
    if (request.url === "/refuse") {
      response.writeHead(401).end(`{"error":"${PASSWORD}"}`);
      return;
    }
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ access_token: unsignedToken(), token_type: "Bearer", expires_in: 300 }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    get credentials() {
      return credentials;
    },
    close: () => void server.close(),
  };
}

/** The form that Kafka's own validator for development takes. */
function unsignedToken(): string {
  const nowSeconds = Math.floor(systemClock.nowMs() / 1_000);
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${encode({ alg: "none" })}.${encode({ sub: USER, iat: nowSeconds, exp: nowSeconds + 300 })}.`;
}
