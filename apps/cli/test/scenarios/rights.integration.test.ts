/**
 * Each right of each program is taken away by itself, on servers that check
 * rights, and `trilane doctor --program` names exactly that right. Each setting
 * of a connection is made wrong by itself, and a process says which.
 */
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { defineConfig, defineGroup, integer, years } from "@trilane/feature-groups";
import {
  awsActionsOf,
  createDynamoDb,
  createS3,
  kafkaAclsOf,
  loadSettings,
  openPlatform,
  PROGRAMS_WITH_RIGHTS,
  type ProgramWithRights,
  redisCommandsOf,
  redisRulesOf,
  type RedisServer,
  type Settings,
  createLogger,
} from "@trilane/lane-kit";
import { type SecuredServers, setKafkaRights, startSecuredServers } from "@trilane/servers";
import { createKafka, createTopics, deadTopicOf } from "@trilane/stream-consumer";
import { messageOf } from "@trilane/write-through";
import { applyTable } from "@trilane/write-through/dynamodb";
import type { Admin } from "kafkajs";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { checkBuckets } from "../../src/doctor/check-buckets.ts";
import { checkCache } from "../../src/doctor/check-cache.ts";
import { checkKafka } from "../../src/doctor/check-kafka.ts";
import { checkQueue } from "../../src/doctor/check-queue.ts";
import { checkStore } from "../../src/doctor/check-store.ts";
import type { Finding } from "../../src/doctor/finding.ts";
import { type AwsStandIns, startAwsStandIns, told, type Told } from "./told-connections.ts";
import { type WrongConnection, wrongConnections } from "./wrong-connections.ts";

const TABLE = "rights";
const TOPIC = "rights-flights";
const RUN_MS = Date.UTC(2_001, 5, 1);
/** So many records go by PartiQL. */
const MANY = 30;
const SEEN_WITHIN_MS = 10_000;
/** The answers of `doctor`, for people; nothing reads the file. */
const SAID = ".trilane/rights-taken-away.md";

const config = defineConfig({
  groups: {
    flights: defineGroup({
      key: ["route"],
      eventTime: { field: "date", unit: "ms" },
      schema: z.object({ delay: integer() }),
      ttlMs: years(100),
    }),
  },
});

let secured: SecuredServers;
let admin: Admin;
let attempt = 0;
const actions = new Map<string, readonly string[]>(PROGRAMS_WITH_RIGHTS.map((user) => [user, awsActionsOf(user)]));

beforeAll(async () => {
  secured = await startSecuredServers({
    users: PROGRAMS_WITH_RIGHTS,
    awsActionsOf: (user) => actions.get(user) ?? [],
  });
  for (const [name, value] of Object.entries(secured.env)) vi.stubEnv(name, value);
  const settings = { ...loadSettings(), table: TABLE, cacheName: TABLE };
  const dynamodb = createDynamoDb(settings);
  await applyTable(dynamodb, TABLE);
  dynamodb.destroy();
  await (await openPlatform({ name: "set-up", settings, config, logger: createLogger("set-up", "silent") })).close();
  const kafka = createKafka({
    brokers: settings.kafkaBrokers,
    clientId: "set-up",
    logger: createLogger("set-up", "silent"),
  });
  admin = kafka.admin();
  await admin.connect();
  const topics = [TOPIC, deadTopicOf(TOPIC, TABLE)].map((topic) => ({ topic, numPartitions: 1 }));
  await createTopics(admin, topics);
  for (const user of PROGRAMS_WITH_RIGHTS) {
    for (const server of ["cache", "queue"] as const)
      await secured.grant(server, user, redisRulesOf(server, user, TABLE));
    await setKafkaRights(admin, user, aclsOf(user));
  }
  mkdirSync(".trilane", { recursive: true });
  writeFileSync(SAID, "| program | taken away | `trilane doctor --program` |\n| --- | --- | --- |\n");
});

afterAll(async () => {
  await admin?.disconnect();
  await secured?.stop();
  vi.unstubAllEnvs();
});

function aclsOf(user: ProgramWithRights): ReturnType<typeof kafkaAclsOf> {
  return kafkaAclsOf(user, {
    topics: [TOPIC],
    letters: [deadTopicOf(TOPIC, TABLE)],
    group: [TABLE],
    "former group": [],
  });
}

/** As a process of the user has them. The SDK reads the app id when it makes a client. */
function settingsOf(user: ProgramWithRights, more: Readonly<Record<string, string>> = {}): Settings {
  const environment = secured.environmentOf(user);
  vi.stubEnv("AWS_SDK_UA_APP_ID", environment["AWS_SDK_UA_APP_ID"]);
  const { AWS_SDK_UA_APP_ID: _, ...rest } = environment;
  return loadSettings({ ...rest, ...more, TRILANE_TABLE: TABLE, TRILANE_CACHE_NAME: TABLE, TRILANE_QUEUE: TABLE });
}

function failuresOf(findings: readonly Finding[]): readonly string[] {
  return findings.filter(({ state }) => state === "failure").map(({ text }) => text);
}

/** Keeps what doctor said, and expects it to be this right alone. */
function expectAlone(user: ProgramWithRights, right: string, failures: readonly string[]): void {
  appendFileSync(SAID, `| ${user} | ${right} | ${failures.join("; ").replaceAll("|", "\\|")} |\n`);
  expect(failures, `${user} without ${right}`).toHaveLength(1);
  expect(failures[0], `${user} without ${right}`).toContain(right);
}

/** The warnings and errors of a process that writes and reads as the user, with receipts that say no. */
async function saidByProcess(user: ProgramWithRights): Promise<string> {
  const lines: string[] = [];
  const logger = createLogger(user, "warn", { write: (line) => lines.push(line) });
  try {
    const platform = await openPlatform({ name: user, settings: settingsOf(user), config, logger });
    const flight = (count: number, minute: number): readonly object[] =>
      Array.from({ length: count }, (_, index) => ({ route: `R-${index}`, date: RUN_MS + minute, delay: minute }));
    try {
      for (const [minute, count] of [1, MANY, MANY].entries()) {
        const receipts = await platform.writer.write("flights", flight(count, minute + attempt), { lane: "stream" });
        for (const receipt of receipts) if (receipt.status === "failed") lines.push(receipt.error.message);
      }
      await platform.coreReader.read(["flights#R-0", "flights#R-1"]);
    } finally {
      await platform.close();
    }
  } catch (error) {
    lines.push(messageOf(error));
  }
  attempt += MANY;
  return lines.join("\n");
}

/** They are tried by nobody without a change, or on buckets. */
const UNTRIED = /^dynamodb:(CreateTable|UpdateTimeToLive)$|^s3:/;
const TABLE_USERS = PROGRAMS_WITH_RIGHTS.filter((user) =>
  awsActionsOf(user).some((action) => action.startsWith("dyn")),
);

describe("on the table", () => {
  it.each(TABLE_USERS)("doctor names the action that %s lacks", async (user) => {
    const all = awsActionsOf(user);
    expect(failuresOf(await checkStore(settingsOf(user), user))).toEqual([]);
    for (const action of all.filter((each) => !UNTRIED.test(each))) {
      actions.set(
        user,
        all.filter((each) => each !== action),
      );
      expectAlone(user, action, failuresOf(await checkStore(settingsOf(user), user)));
    }
    actions.set(user, all);
  });
});

describe("on buckets", () => {
  const PLACES = {
    TRILANE_DEAD_LETTERS: "s3://rights-bucket/letters",
    TRILANE_ERASURE_COPY: "s3://rights-bucket/erasures",
  };
  const SOURCES = [{ bucket: "rights-bucket", prefix: "flights/" }];

  beforeAll(async () => {
    const s3 = createS3(loadSettings(secured.env));
    await s3.send(new CreateBucketCommand({ Bucket: "rights-bucket" }));
    s3.destroy();
  });

  it.each(["load", "worker", "eraser", "api"] as const)(
    "doctor names the action that reads and that %s lacks",
    async (user) => {
      const all = awsActionsOf(user);
      const check = async (): Promise<readonly string[]> =>
        failuresOf(await checkBuckets(settingsOf(user, PLACES), { program: user, sources: SOURCES }));
      expect(await check()).toEqual([]);
      for (const action of all.filter((each) => /^s3:(ListBucket|GetObject)$/.test(each))) {
        actions.set(
          user,
          all.filter((each) => each !== action),
        );
        const failures = await check();
        appendFileSync(SAID, `| ${user} | ${action} | ${failures.join("; ")} |\n`);
        expect(failures.length, `${user} without ${action}`).toBeGreaterThan(0);
        for (const failure of failures) expect(failure).toMatch(new RegExp(`^${action} on s3://rights-bucket/`));
      }
      actions.set(user, all);
    },
  );
});

/** Those that a process needs for its first writes and reads; the others are needed later, or by more records. */
const FIRST_ACTIONS = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:PartiQLUpdate"];
const FIRST_COMMANDS = ["info", "eval", "evalsha", "get", "getrange", "set", "time"];

describe("a process", () => {
  it("says nothing where it has its rights", async () => {
    expect(await saidByProcess("stream")).toBe("");
  });

  it.each(FIRST_ACTIONS)("names %s, which it lacks on the table", async (action) => {
    const all = awsActionsOf("stream");
    actions.set(
      "stream",
      all.filter((each) => each !== action),
    );
    const said = await saidByProcess("stream");
    actions.set("stream", all);
    expect(said).toContain(`not authorized to perform: ${action}`);
  });

  it.each(FIRST_COMMANDS)("names %s, which it lacks on the cache", async (command) => {
    const rules = redisRulesOf("cache", "stream", TABLE);
    await secured.grant(
      "cache",
      "stream",
      rules.filter((rule) => rule !== `+${command}`),
    );
    const said = await saidByProcess("stream");
    await secured.grant("cache", "stream", rules);
    expect(said).toMatch(new RegExp(`no permissions to run the '${command}' command`, "i"));
  });
});

/** Without it nobody is told the server's settings, so nothing else is tried. */
const NEEDED_FIRST = "info";

describe.each(["cache", "queue"] as const)("on the %s", (server: RedisServer) => {
  const check = server === "cache" ? checkCache : checkQueue;
  const users = PROGRAMS_WITH_RIGHTS.filter((user) => redisCommandsOf(server, user).length > 0);

  it.each(users)("doctor names the command that %s lacks", async (user) => {
    const rules = redisRulesOf(server, user, TABLE);
    const settings = settingsOf(user);
    expect(failuresOf(await check(settings, user))).toEqual([]);
    for (const command of redisCommandsOf(server, user)) {
      await secured.grant(
        server,
        user,
        rules.filter((rule) => rule !== `+${command}`),
      );
      const failures = failuresOf(await check(settings, user));
      if (command === NEEDED_FIRST) expect(failures.join()).toMatch(/no permissions to run the 'info' command/i);
      else expectAlone(user, command, failures);
    }
    await secured.grant(server, user, rules);
  });
});

describe("on Kafka", () => {
  const users = PROGRAMS_WITH_RIGHTS.filter((user) => aclsOf(user).length > 0);

  it.each(users)("doctor names the right that %s lacks", async (user) => {
    const all = aclsOf(user);
    const settings = settingsOf(user);
    const check = async (): Promise<readonly string[]> =>
      failuresOf(await checkKafka(settings, { topics: [TOPIC], program: user, groups: [TABLE] }));
    // A broker learns of a changed right a little later.
    const seen = { timeout: SEEN_WITHIN_MS, interval: 200 };
    await vi.waitUntil(async () => (await check()).length === 0, seen);
    for (const right of all.filter(({ operation }) => operation !== "CREATE")) {
      await setKafkaRights(
        admin,
        user,
        all.filter((each) => each !== right),
      );
      const name = `${right.resourceType.toLowerCase()} "${right.resourceName}"`;
      await vi.waitUntil(async () => (await check()).some((text) => text.includes(name)), seen);
      const failures = (await check()).filter((text) => text.includes(right.operation));
      appendFileSync(SAID, `| ${user} | ${right.operation} on ${name} | ${failures.join("; ")} |\n`);
      await setKafkaRights(admin, user, all);
      await vi.waitUntil(async () => (await check()).length === 0, seen);
    }
  });
});

describe("a connection that is set wrong", () => {
  const SAID_WRONG = ".trilane/wrong-connections.md";
  const SOON_SECONDS = 8;
  let standIns: AwsStandIns;

  beforeAll(async () => {
    standIns = await startAwsStandIns(secured.certificates);
    vi.stubEnv("AWS_SDK_UA_APP_ID", "worker");
    writeFileSync(SAID_WRONG, "| server | wrong | message | seconds | exit code |\n| --- | --- | --- | --- | --- |\n");
  });
  afterAll(() => standIns?.close());

  /** As the worker and the stream lane have them together. */
  function rightEnvironment(): Readonly<Record<string, string>> {
    const { AWS_SDK_UA_APP_ID: _, ...rest } = secured.environmentOf("worker");
    const kafka = Object.entries(secured.environmentOf("stream")).filter(([name]) => name.startsWith("TRILANE_KAFKA_"));
    return { ...rest, ...Object.fromEntries(kafka) };
  }

  /** The SDK reads its own variables from the process. */
  async function toldWith(wrong: WrongConnection): Promise<Told | null> {
    const ofSdk = Object.entries(wrong.set).filter(([name]) => name.startsWith("AWS_"));
    const before = ofSdk.map(([name]) => [name, process.env[name]] as const);
    for (const [name, value] of ofSdk) vi.stubEnv(name, value === "" ? undefined : value);
    const said = await told(wrong, { ...rightEnvironment(), ...wrong.set });
    for (const [name, value] of before) vi.stubEnv(name, value);
    return said;
  }

  it.each(["kafka", "cache", "queue", "dynamodb"] as const)("is right for %s as it is", async (server) => {
    expect(await told({ server }, rightEnvironment())).toBeNull();
  });

  it("is told in seconds, with what is wrong and the setting, and the right exit code", async () => {
    for (const wrong of wrongConnections(secured, standIns)) {
      if (wrong.needsClientCertificate === true) await secured.wantClientCertificates(true);
      const said = await toldWith(wrong);
      if (wrong.needsClientCertificate === true) await secured.wantClientCertificates(false);
      const { message = "connected", seconds = 0, code = 0 } = said ?? {};
      appendFileSync(
        SAID_WRONG,
        `| ${wrong.server} | ${wrong.wrong} | ${message.replaceAll("|", "\\|")} | ${seconds.toFixed(1)} | ${code ?? "goes on"} |\n`,
      );
      const name = `${wrong.server}: ${wrong.wrong}`;
      expect.soft(message, name).toMatch(wrong.says);
      expect.soft(code, name).toBe(wrong.code);
      expect.soft(seconds, name).toBeLessThan(SOON_SECONDS);
    }
  });
});
