/**
 * One word stands in every setting that may be secret, and another in the payloads. Each failure is provoked, and
 * neither word is found in any output or log line. A worker's metrics and health answers
 * are scanned in a test of its own.
 */
import { createLogger, settingEntries } from "@trilane/lane-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Ended, ownEnvironment, ownNames, trilane } from "../trilane-command.ts";

const SECRET = "S3cr3tM4rker";
const PAYLOAD = "P4yl0adM4rker";
/** A port where nothing listens. */
const NOWHERE = "127.0.0.1:1";
const TIME_MS = 120_000;

const names = ownNames();
const sound = ownEnvironment(names);
const passwords = Object.fromEntries(secretPasswords().map((name) => [name, SECRET]));

const cacheAway = { TRILANE_CACHE_URL: `redis://app:${SECRET}@${NOWHERE}`, TRILANE_CACHE_NAME: "away" };
const queueAway = { TRILANE_QUEUE_URL: `redis://:${SECRET}@${NOWHERE}` };
/** The real server, which does not know this user. */
const queueRefuses = { TRILANE_QUEUE_URL: (sound["TRILANE_QUEUE_URL"] ?? "").replace("://", `://app:${SECRET}@`) };
const storeAway = { TRILANE_DYNAMODB_ENDPOINT: `http://app:${SECRET}@${NOWHERE}/${SECRET}` };
const objectsAway = { TRILANE_S3_ENDPOINT: `http://app:${SECRET}@${NOWHERE}/?token=${SECRET}` };
const objectsRefuse = { AWS_SECRET_ACCESS_KEY: SECRET };
const brokersAway = { TRILANE_KAFKA_BROKERS: NOWHERE };
const everythingAway = { ...cacheAway, ...queueAway, ...storeAway, ...objectsAway, ...brokersAway, ...passwords };

/** `shows`: the text that proves that the failure happened, and what it names instead of the word. */
interface Scenario {
  readonly environment: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  readonly shows: string | RegExp;
}

const remove = ["enqueue", "delete", "routes", "A", "B"];
const load = ["load", "s3://none-of-ours/x.csv", "--group", "routes"];
const record = `{"origin":"SEA","destination":"SFO","date":"2001-06-30","delay":"${PAYLOAD}","distance":679}`;

const scenarios: readonly Scenario[] = [
  { environment: everythingAway, args: ["status", "--json"], shows: `http://${NOWHERE}` },
  { environment: cacheAway, args: ["audit", "--sample", "1"], shows: `redis://${NOWHERE}` },
  { environment: cacheAway, args: ["repair", "--sample", "1"], shows: `redis://${NOWHERE}` },
  { environment: cacheAway, args: ["cache", "status"], shows: "unreachable" },
  { environment: queueAway, args: ["--json", ...remove], shows: `redis://${NOWHERE}` },
  { environment: queueRefuses, args: remove, shows: "WRONGPASS" },
  { environment: queueRefuses, args: ["worker"], shows: "WRONGPASS" },
  { environment: storeAway, args: ["get", "routes", "SEA", "SFO"], shows: "ECONNREFUSED" },
  { environment: objectsRefuse, args: load, shows: "s3://none-of-ours/x.csv" },
  { environment: objectsAway, args: load, shows: /s3:\/\/none-of-ours|ECONNREFUSED/ },
  { environment: brokersAway, args: ["stream", "--topic", "none=routes"], shows: NOWHERE },
];

/** Every output of this file, so that none is left out. */
const outputs: string[] = [];

function scan(text: string): string {
  outputs.push(text);
  expect(text).not.toContain(SECRET);
  expect(text).not.toContain(PAYLOAD);
  return text;
}

function said({ stdout, stderr }: Ended): string {
  return stdout + stderr;
}

/** All settings whose declaration is secret and that are no address. */
function secretPasswords(): readonly string[] {
  return settingEntries
    .filter(([name, { isSecret }]) => isSecret === true && !name.endsWith("_URL"))
    .map(([name]) => name);
}

beforeAll(async () => {
  expect((await trilane(sound, ["apply"])).code).toBe(0);
});
afterAll(() => {
  expect(outputs.length).toBeGreaterThan(scenarios.length);
  scan(outputs.join(""));
});

describe("no password and no payload is shown", () => {
  test.concurrent.each(scenarios)("by $args", { timeout: TIME_MS }, async ({ environment, args, shows }) => {
    const outcome = await trilane({ ...sound, TRILANE_LOG_LEVEL: "trace", ...environment }, args);
    expect(scan(said(outcome))).toMatch(shows);
  });

  test.concurrent("by a refused record, except to its sender", { timeout: TIME_MS }, async () => {
    const outcome = await trilane({ ...sound, TRILANE_LOG_LEVEL: "trace" }, ["put", "routes", record]);
    expect(outcome.code).toBe(4);
    scan(outcome.stderr);
  });
});

test("a leak would be found: a client's error holds the word, and the one way to log an error drops it", () => {
  const error = Object.assign(new Error("ERR"), { command: { name: "AUTH", args: ["app", SECRET] } });
  expect(JSON.stringify(error)).toContain(SECRET);
  const lines: string[] = [];
  createLogger("test", "trace", { write: (line: string) => void lines.push(line) }).error({ err: error }, "failed");
  expect(scan(lines.join(""))).toContain("ERR");
});
