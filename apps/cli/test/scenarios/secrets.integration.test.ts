import { afterAll, beforeAll, expect, test } from "vitest";
import { type Ended, ownEnvironment, ownNames, trilane } from "../trilane-command.ts";

const SECRET = "S3cr3tM4rker";
/** A port where nothing listens. */
const NOWHERE = "127.0.0.1:1";

const names = ownNames();
const sound = ownEnvironment(names);
/** The real server, which does not know this user. */
const refused = { TRILANE_QUEUE_URL: withSecret(sound["TRILANE_QUEUE_URL"] ?? "") };

function withSecret(url: string): string {
  return url.replace("://", `://app:${SECRET}@`);
}

function said({ stdout, stderr }: Ended): string {
  return stdout + stderr;
}

beforeAll(async () => {
  expect((await trilane(sound, ["apply"])).code).toBe(0);
});

let ended: Ended[] = [];
afterAll(() => {
  expect(ended.map(said).join("")).not.toContain(SECRET);
});

async function run(environment: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Ended> {
  const outcome = await trilane({ ...sound, TRILANE_LOG_LEVEL: "trace", ...environment }, args);
  ended = [...ended, outcome];
  expect(said(outcome)).not.toContain(SECRET);
  return outcome;
}

test("status shows no password of any address, as text or as JSON", async () => {
  const everywhere = {
    TRILANE_QUEUE_URL: `redis://app:${SECRET}@${NOWHERE}`,
    TRILANE_CACHE_URL: `redis://app:${SECRET}@${NOWHERE}`,
    TRILANE_DYNAMODB_ENDPOINT: `http://app:${SECRET}@${NOWHERE}`,
    TRILANE_S3_ENDPOINT: `http://app:${SECRET}@${NOWHERE}/?token=${SECRET}`,
    TRILANE_KAFKA_BROKERS: NOWHERE,
  };
  expect(said(await run(everywhere, "status"))).toContain(`redis://${NOWHERE}`);
  expect(said(await run(everywhere, "status", "--json"))).toContain(`http://${NOWHERE}`);
});

test("a queue that does not answer, or refuses the password, is named without it", async () => {
  const away = { TRILANE_QUEUE_URL: `redis://:${SECRET}@${NOWHERE}` };
  const remove = ["enqueue", "delete", "routes", "A", "B"];
  expect(said(await run(away, ...remove))).toContain(`redis://${NOWHERE}`);
  expect(said(await run(away, "--json", ...remove))).toContain(`redis://${NOWHERE}`);
  await run(refused, ...remove);
});

test("a worker whose password is refused logs the client's errors without it", async () => {
  const outcome = await run(refused, "worker");
  expect(outcome.code).not.toBe(0);
});

test("audit and repair name a cache that does not answer without its password", async () => {
  const away = { TRILANE_CACHE_URL: `redis://:${SECRET}@${NOWHERE}`, TRILANE_CACHE_NAME: "another" };
  for (const command of ["audit", "repair"]) await run(away, command, "--sample", "1");
});
