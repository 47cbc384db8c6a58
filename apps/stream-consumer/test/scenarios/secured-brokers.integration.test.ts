/**
 * TLS, client certificates and every login against a real broker, the messages
 * where one of them does not fit, and a lane under which they are renewed.
 */
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { createLogger, kafkaAclsOf, loadSettings } from "@trilane/lane-kit";
import {
  type Certificates,
  createCertificates,
  freePort,
  renewKafkaCertificate,
  renewKafkaPassword,
  type ServerHandle,
  setKafkaRights,
  startKafka,
} from "@trilane/servers";
import { systemClock } from "@trilane/write-through";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createKafka, createTopics, deadTopicOf, StreamError } from "../../src/index.ts";
import { adoptOffsets } from "../../src/kafkajs/adopt-offsets.ts";
import { checkBrokers } from "../../src/kafkajs/check-brokers.ts";
import { type CutProxy, startCutProxy } from "../cut-proxy.ts";
import { ended, flight, openStreamFixture, type StreamFixture } from "../stream-fixture.ts";

const USER = "app";
const PASSWORD = "S3cr3t-of-app";
const SOON_MS = 8_000;
/** A login lasts so long. The client logs in again ten seconds before its end, here after two. */
const SESSION_MS = 12_000;

let folder = "";
let certificates: Certificates;
let kafka: ServerHandle;
let loginPort = 0;
let loginBroker = "";
let certificateBroker = "";
let tokens: TokenEndpoint;
let loginProxy: CutProxy;
let certificateProxy: CutProxy;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "trilane-secured-"));
  certificates = await createCertificates(folder);
  loginPort = await freePort();
  const certificatePort = await freePort();
  [loginProxy, certificateProxy] = [await startCutProxy(loginPort), await startCutProxy(certificatePort)];
  const secured = {
    loginPort,
    advertisedLoginPort: loginProxy.port,
    certificatePort,
    advertisedCertificatePort: certificateProxy.port,
    server: certificates.server,
    users: { [USER]: PASSWORD },
  };
  kafka = await startKafka({ secured, properties: { "connections.max.reauth.ms": String(SESSION_MS) } });
  [loginBroker, certificateBroker] = [`127.0.0.1:${loginPort}`, `127.0.0.1:${certificatePort}`];
  tokens = await startTokenEndpoint();
});

afterAll(async () => {
  await kafka?.stop();
  await loginProxy?.close();
  await certificateProxy?.close();
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

describe("a lane that reads", () => {
  const RENEWED = "renewed-client";
  const TIME_MS = 90_000;
  let fixture: StreamFixture;
  let sent = 0;

  beforeAll(async () => {
    fixture = await openStreamFixture(1, { TRILANE_KAFKA_BROKERS: kafka.url });
    const letters = deadTopicOf(fixture.name, fixture.name);
    await createTopics(fixture.admin, [{ topic: letters }]);
  });
  afterAll(() => fixture?.close());

  async function grant(principal: string): Promise<void> {
    const { name } = fixture;
    const names = { topics: [name], letters: [deadTopicOf(name, name)], group: [name], "former group": [] };
    await setKafkaRights(fixture.admin, principal, kafkaAclsOf("stream", names));
  }

  /** Records come before, during and after each change; connections are closed after it. */
  async function readDuring(
    variables: Variables,
    { proxy, changes }: { readonly proxy: CutProxy; readonly changes: readonly (() => Promise<void>)[] },
  ): Promise<readonly string[]> {
    const brokers = `127.0.0.1:${proxy.port}`;
    const child = fixture.startProcess([], { ...variables, TRILANE_KAFKA_BROKERS: brokers });
    const outcome = ended(child);
    const send = (): Promise<void> => fixture.produce([flight("R0", (sent += 1)), flight("R1", sent)]);
    try {
      await send();
      await fixture.caughtUp();
      for (const change of changes) {
        await send();
        await change();
        await send();
        await fixture.caughtUp();
      }
    } finally {
      child.kill("SIGTERM");
    }
    const { code, stdout, stderr } = await outcome;
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(JSON.parse(stdout)).toMatchObject({ deadLetters: 0, lag: 0, receipts: { failed: 0, dead: 0 } });
    for (const route of ["R0", "R1"]) {
      const record = await fixture.platform.reader.get(fixture.name, { origin: "SEA", destination: route });
      expect(record?.features["delay"]).toBe(sent);
    }
    expect(stderr).not.toContain(PASSWORD);
    return severeLinesOf(stderr);
  }

  it("starts where its user may not look at the former consumer group, and says so", async () => {
    await grant(USER);
    const { name } = fixture;
    const lines: string[] = [];
    const logger = createLogger("test", "info", { write: (line) => lines.push(line) });
    const settings = loadSettings({
      TRILANE_CACHE_URL: "redis://127.0.0.1:1",
      TRILANE_KAFKA_BROKERS: loginBroker,
      ...login("scram-sha-512"),
    });
    const { kafkaBrokers: brokers, kafkaSecurity: security } = settings;
    const admin = createKafka({ brokers, security, clientId: name, logger: createLogger("test", "silent") }).admin();
    await admin.connect();
    try {
      await adoptOffsets(admin, { groupId: name, formerGroupId: "not-for-app", topics: [name], logger });
    } finally {
      await admin.disconnect();
    }
    expect(lines.join("")).toContain("the brokers refuse to tell the former group's offsets");
  });

  it("goes on while its password and the brokers' certificate are renewed", { timeout: TIME_MS }, async () => {
    await grant(USER);
    const file = join(folder, "lane-password");
    writeFileSync(file, PASSWORD);
    const { TRILANE_KAFKA_PASSWORD: former, ...rest } = login("scram-sha-512");
    const renewed = `${PASSWORD}-of-today`;
    const change = async (): Promise<void> => {
      await certificates.renewServer();
      const keyStore = join(folder, "renewed.pem");
      await renewKafkaCertificate(fixture.admin, { listener: "login", files: certificates.server, keyStore });
      expect(loginProxy.cut()).toBeGreaterThan(0);
    };
    const changePassword = async (): Promise<void> => {
      // A user of SCRAM has one password, so for a moment the file and the brokers have different ones.
      writeFileSync(file, renewed);
      expect(loginProxy.cut()).toBeGreaterThan(0);
      await systemClock.sleep(1_500);
      await renewKafkaPassword(kafka.port, USER, renewed);
      loginProxy.cut();
    };
    const said = await readDuring(
      { ...rest, TRILANE_KAFKA_PASSWORD_FILE: file },
      { proxy: loginProxy, changes: [change, changePassword] },
    );
    expect(said).toContainEqual(expect.stringMatching(/^the brokers refuse the login now; the lane tries it again/));
    // The other warnings are of connections that the test has closed, and of a look at the lag before the broker knew
    // the new group. A request or a handshake that was under way gives the close its form.
    const closed = /closed connection|(?:read|write) (?:ECONNRESET|EPIPE)|socket disconnected before secure TLS/i;
    const early = /failed to find group coordinator/i;
    for (const line of said)
      expect(
        [/authentication failed/i, closed, early].some((known) => known.test(line)),
        line,
      ).toBe(true);
    expect((await servedCertificate(loginPort)).equals(certificateIn(certificates.server.certificate))).toBe(true);
    expect((await refusalOf(loginBroker, login("scram-sha-512", former))).code).toBe("BROKERS_REFUSED");
  });

  it("goes on while its own certificate is renewed", { timeout: TIME_MS }, async () => {
    const { certificate, key } = certificates.client;
    await grant("CN=trilane-client");
    const change = async (): Promise<void> => {
      await certificates.renewClient(RENEWED);
      await grant(`CN=${RENEWED}`);
      await setKafkaRights(fixture.admin, "CN=trilane-client", []);
      certificateProxy.cut();
    };
    const variables = { TRILANE_KAFKA_CERTIFICATE_FILE: certificate, TRILANE_KAFKA_KEY_FILE: key };
    const said = await readDuring({ ...trusted(), ...variables }, { proxy: certificateProxy, changes: [change] });
    // A connection that is closed is opened again without a warning, or with one where the two meet.
    for (const line of said) expect(line).toMatch(/closed|reset|disconnect/i);
  });
});

function certificateIn(path: string): Buffer {
  return new X509Certificate(readFileSync(path)).raw;
}

async function servedCertificate(port: number): Promise<Buffer> {
  const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const { raw } = socket.getPeerCertificate();
  socket.destroy();
  return raw;
}

/** The messages of a process's warnings and errors. */
function severeLinesOf(log: string): readonly string[] {
  const WARN = 40;
  const lines = log.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line) as LogLine] : []));
  return lines
    .filter(({ level }) => level >= WARN)
    .map(({ msg, error, err }) => [msg, error, err?.message].filter((part) => part !== undefined).join(": "));
}

interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly error?: string;
  readonly err?: { readonly message: string };
}

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
