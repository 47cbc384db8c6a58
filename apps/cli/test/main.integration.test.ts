/** The real command over real servers. */
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { cacheConfig, startRedis } from "@trilane/servers";
import { createTopics } from "@trilane/stream-consumer";
import kafkajs from "kafkajs";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { type Ended, ownEnvironment, ownNames, startTrilane, trilane } from "./trilane-command.ts";

const { Kafka, logLevel } = kafkajs;
const CONSUMED = { timeout: 60_000, interval: 100 };
const environment = ownEnvironment(ownNames());
const run = (...args: string[]): Promise<Ended> => trilane(environment, args);

const flight = (more: object = {}): string =>
  JSON.stringify({
    origin: "SEA",
    destination: "SFO",
    date: "2001-06-30T08:00:00.000001Z",
    delay: 3,
    distance: 679,
    ...more,
  });

beforeAll(async () => {
  const missing = await run("get", "routes", "SEA", "SFO");
  expect(missing).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("trilane apply") });
  expect(await run("apply", "--json")).toMatchObject({ code: 0, stdout: expect.stringContaining('"created":true') });
});

describe("the settings", () => {
  it("that are misspelt end every command with 2 and the nearest name, and no value is shown", async () => {
    const misspelt = { ...environment, TRILANE_WHEN_CACHE_UNREACHEABLE: "S3CRET" };
    for (const command of [["get", "routes", "SEA", "SFO"], ["status"], ["stream", "--topic", "a=routes"]]) {
      const { code, stderr } = await trilane(misspelt, command);
      expect(code).toBe(2);
      expect(stderr).toContain("TRILANE_WHEN_CACHE_UNREACHABLE");
      expect(stderr).not.toContain("S3CRET");
    }
  });

  it("may have Kubernetes' names for a Service among them", async () => {
    const inPod = { ...environment, TRILANE_API_PORT: "tcp://10.0.0.1:80", TRILANE_API_SERVICE_HOST: "10.0.0.1" };
    expect(await trilane(inPod, ["get", "routes", "SEA", "nowhere"])).toMatchObject({ code: 3 });
  });
});

describe("one record", () => {
  it("is put, read, explained, deleted and not found", async () => {
    expect(await run("get", "routes", "SEA", "SFO")).toMatchObject({
      code: 3,
      stdout: expect.stringContaining("no record: never written"),
    });
    const put = await run("put", "routes", flight());
    expect(put).toMatchObject({
      code: 0,
      stderr: "",
      stdout: expect.stringMatching(/^applied {2}2001-06-30T08:00:00.000001Z/),
    });
    // A later request is a later record, even if it is equal.
    expect((await run("put", "routes", flight())).stdout).toMatch(/^applied/);
    const older = await run("put", "routes", flight({ date: "2001-06-29" }));
    expect(older).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^superseded.*by a newer record: 2001-06-30T08:00:00.000001Z/),
    });

    const got = await run("get", "routes", "SEA", "SFO", "--json");
    expect(got.code).toBe(0);
    expect(JSON.parse(got.stdout)).toMatchObject({
      status: "found",
      features: { delay: 3, distance: 679 },
      eventTime: "2001-06-30T08:00:00.000001Z",
      source: "cache",
    });
    const explained = await run("get", "routes", "SEA", "SFO", "--explain");
    expect(explained.stdout).toMatch(/\n {12}cache +store\nstate +record +record\n/);
    expect(explained.stdout).toContain("verdict: agree");

    const removed = await run("rm", "routes", "SEA", "SFO", "--at", "2001-06-30T09:00:00Z");
    expect(removed).toMatchObject({ code: 0, stdout: expect.stringMatching(/^applied/) });
    const gone = await run("get", "routes", "SEA", "SFO", "--json", "--explain");
    expect(gone.code).toBe(3);
    expect(JSON.parse(gone.stdout)).toMatchObject({
      status: "absent",
      reason: "deleted",
      explanation: { verdict: "agree" },
    });
    // A newer record comes back to life, an older one does not.
    expect((await run("put", "routes", flight())).stdout).toMatch(/^superseded/);
    expect((await run("put", "routes", flight({ date: "2001-07-01" }))).stdout).toMatch(/^applied/);
  });

  it("keeps keys with separators, spaces and emoji apart", async () => {
    const key = { origin: "a#b%23/{c} \u{1F6EB}", destination: "--" };
    expect((await run("put", "routes", flight(key))).code).toBe(0);
    const got = await run("get", "routes", "--json", "--", key.origin, key.destination);
    expect(JSON.parse(got.stdout)).toMatchObject({ status: "found", key });
    expect((await run("get", "routes", "a", "b%23/{c} \u{1F6EB}")).code).toBe(3);
  });

  it("is read from stdin, and takes its time from --at where the group has no field for it", async () => {
    const airport = {
      iata: "SEA",
      name: "Seattle",
      city: "S",
      state: "WA",
      country: "USA",
      latitude: 47.4,
      longitude: "-122.3",
    };
    const at = ["--at", "2001-01-01T00:00:00Z"];
    const put = await trilane(environment, ["put", "airports", "-", ...at], JSON.stringify(airport));
    expect(put.stdout).toMatch(/^applied {2}2001-01-01T00:00:00Z/);
    expect((await run("put", "routes", flight(), ...at)).stderr).toContain('its field "date"');
  });
});

describe.concurrent("bad input", () => {
  it.each([
    ["an unknown group", ["get", "routs", "SEA"], 2, 'no feature group "routs": the configuration defines routes'],
    ["an unknown group", ["put", "routs", "{}"], 2, 'no feature group "routs"'],
    ["a missing key field", ["get", "routes", "SEA"], 2, "missing key field destination"],
    ["an empty key field", ["get", "routes", "SEA", ""], 2, "is empty"],
    ["too many key fields", ["rm", "airports", "New", "York"], 2, "Quote values with spaces"],
    ["no JSON", ["put", "routes", "{origin:1}"], 2, "not JSON"],
    ["JSON that is not an object", ["put", "routes", "[1]"], 4, "not-an-object"],
    ["a record without a key field", ["put", "routes", flight({ origin: null })], 4, "missing-key-field"],
    ["a date in 2199", ["put", "routes", flight({ date: "2199-01-01" })], 4, "event-time-in-future"],
    ["a date that does not exist", ["put", "routes", flight({ date: "2001-02-30" })], 4, "date"],
    ["a time that is none", ["rm", "routes", "SEA", "SFO", "--at", "today"], 2, '"today" is not a time'],
    ["an address that is none", ["load", "ftp://a/b", "--group", "routes"], 2, "neither s3://"],
    ["a file that is not there", ["load", "./nowhere.csv", "--group", "routes"], 2, "no such file"],
    ["a wrong port", ["serve", "--port", "high"], 2, "a number from 0 to 65535"],
    ["an unknown command", ["frobnicate"], 2, "unknown command"],
  ])("%s: %j", async (_what, args, code, message) => {
    const ended = await run(...args);
    expect(ended.code).toBe(code);
    expect(ended.stdout + ended.stderr).toContain(message);
    expect(ended.stderr).not.toMatch(/\n +at /);
  });

  it("a record of 500 KB", async () => {
    const airport = {
      iata: "BIG",
      name: "x".repeat(500_000),
      city: "",
      state: "",
      country: "",
      latitude: 0,
      longitude: 0,
    };
    const ended = await trilane(environment, ["put", "airports", "-"], JSON.stringify(airport));
    expect(ended).toMatchObject({
      code: 4,
      stdout: expect.stringMatching(/^dead {2}oversized-record .*at most 389120 fit/),
    });
  });

  it("shows errors as JSON on stderr where asked to", async () => {
    const ended = await run("get", "routs", "SEA", "--json");
    expect(ended.stdout).toBe("");
    expect(JSON.parse(ended.stderr)).toMatchObject({ error: { code: "UNKNOWN_GROUP" } });
  });
});

describe("servers", () => {
  const bare = ownEnvironment({
    TRILANE_CACHE_URL: "",
    TRILANE_QUEUE_URL: "",
    TRILANE_DYNAMODB_ENDPOINT: "",
    TRILANE_S3_ENDPOINT: "",
    TRILANE_KAFKA_BROKERS: "",
  });

  it("says so when there are none", async () => {
    const ended = await trilane(bare, ["get", "routes", "SEA", "SFO"]);
    expect(ended).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining("no servers: run `trilane up`"),
    });
    expect((await trilane(bare, ["status"])).code).toBe(1);
  });

  it("uses those of `up`, until `down`", async () => {
    const up = await trilane(bare, ["up", "--only", "cache", "queue", "--json"]);
    expect(up.code).toBe(0);
    const { env } = JSON.parse(up.stdout) as { env: Record<string, string> };
    const status = await trilane(bare, ["status"]);
    expect(status).toMatchObject({ code: 0, stdout: expect.stringContaining(env["TRILANE_CACHE_URL"] ?? "?") });
    expect((await trilane(bare, ["down"])).stdout).toBe("stopped\n");
    expect((await trilane(bare, ["status"])).code).toBe(1);
  });

  it("shows which of those in the environment do not answer", async () => {
    const ended = await trilane({ ...environment, TRILANE_QUEUE_URL: "redis://127.0.0.1:1" }, ["status"]);
    expect(ended.code).toBe(1);
    expect(ended.stdout).toMatch(/queue .*DOES NOT ANSWER/);
    expect(ended.stdout).toMatch(/cache .*answers/);
  });

  it("goes on when the cache lost its data, and shows what happened", async () => {
    const cache = await startRedis({ name: "cache", config: cacheConfig() });
    const own = ownEnvironment({ ...ownNames(), TRILANE_CACHE_URL: cache.url, TRILANE_CACHE_LEASE_MS: "300" });
    expect((await trilane(own, ["apply"])).code).toBe(0);
    expect((await trilane(own, ["put", "routes", flight()])).code).toBe(0);
    await cache.restart({ keepData: false });
    const read = await trilane(own, ["get", "routes", "SEA", "SFO", "--json"]);
    expect(read).toMatchObject({ code: 0, stdout: expect.stringContaining('"source":"store"') });
    const status = await trilane(own, ["cache", "status", "--json"]);
    expect(JSON.parse(status.stdout)).toMatchObject({ cacheEpoch: { epoch: 2, isHeld: false }, cache: "guarded" });
    await cache.stop();
  });

  it("switches the cache off and on by hand, and says who and why", async () => {
    const cache = await startRedis({ name: "cache", config: cacheConfig() });
    const own = ownEnvironment({ ...ownNames(), TRILANE_CACHE_URL: cache.url, TRILANE_CACHE_LEASE_MS: "300" });
    expect((await trilane(own, ["apply"])).code).toBe(0);
    expect((await trilane(own, ["cache", "off", "--reason", " "])).code).toBe(2);
    const off = await trilane(own, ["cache", "off", "--reason", "a test", "--json"]);
    expect(JSON.parse(off.stdout)).toMatchObject({ epoch: 2, mode: "off", reason: "a test" });
    expect((await trilane(own, ["put", "routes", flight()])).code).toBe(0);
    expect((await trilane(own, ["get", "routes", "SEA", "SFO", "--json"])).stdout).toContain('"source":"store"');
    expect((await trilane(own, ["cache", "status"])).stdout).toMatch(/held off until .trilane cache on./);
    const on = await trilane(own, ["cache", "on", "--reason", "the test is over", "--json"]);
    expect(JSON.parse(on.stdout)).toMatchObject({ epoch: 2, mode: "warm" });
    await cache.stop();
  });

  it("changes the leases of all processes by hand, whatever a process is configured with", async () => {
    const cache = await startRedis({ name: "cache", config: cacheConfig() });
    const own = ownEnvironment({ ...ownNames(), TRILANE_CACHE_URL: cache.url, TRILANE_CACHE_LEASE_MS: "300" });
    expect((await trilane(own, ["apply"])).code).toBe(0);
    const refused = await trilane(own, ["cache", "lease", "3s", "--reason", "a test"]);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('"3s" is no length for a lease') });
    const lease = await trilane(own, ["cache", "lease", "700", "--reason", "a test", "--json"]);
    expect(JSON.parse(lease.stdout)).toMatchObject({ epoch: 2, mode: "warm", leaseMs: 700 });
    const put = await trilane(own, ["put", "routes", flight()]);
    expect(put).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("leases are 700 ms long, as the record says"),
    });
    expect((await trilane(own, ["cache", "status"])).stdout).toMatch(/leases +700 ms/);
    await cache.stop();
  });
});

describe("the lanes", () => {
  it("loads a local file once", async () => {
    const directory = await mkdtemp(join(tmpdir(), "trilane-"));
    const file = join(directory, "flights.ndjson");
    await writeFile(file, [1, 2, 3].map((day) => `${flight({ origin: "LAX", date: `2001-06-0${day}` })}\n`).join(""));
    const first = await run("load", file, "--group", "routes", "--json");
    expect(first.code).toBe(0);
    expect(JSON.parse(first.stdout)).toMatchObject({
      consumed: 3,
      alreadyDone: false,
      receipts: { applied: 1, superseded: 2 },
    });
    const second = await run("load", file, "--group", "routes", "--json");
    expect(JSON.parse(second.stdout)).toMatchObject({ alreadyDone: true });
    expect((await run("get", "routes", "LAX", "SFO")).stdout).toContain("2001-06-03T00:00:00Z");
    await rm(directory, { recursive: true });
  });

  it("loads a local file that was changed back as a later file, which --skip-unchanged does not leave out", async () => {
    const directory = await mkdtemp(join(tmpdir(), "trilane-"));
    const file = join(directory, "corrected.ndjson");
    const load = (...flags: string[]): Promise<Ended> => run("load", file, "--group", "routes", "--json", ...flags);
    const stored: string[] = [];
    for (const [distance, ...flags] of [[1], [2], [1, "--skip-unchanged"]] as const) {
      await writeFile(file, `${flight({ origin: "ONT", date: "2001-06-01", distance })}\n`);
      // Object stores tell the second of a change, and of two within one neither is the later.
      const second = Math.floor(Date.now() / 1_000);
      await vi.waitUntil(() => Math.floor(Date.now() / 1_000) > second, { timeout: 5_000, interval: 20 });
      expect((await load(...flags)).code).toBe(0);
      stored.push(JSON.parse((await run("get", "routes", "ONT", "SFO", "--json")).stdout).features.distance);
    }
    expect(stored).toEqual([1, 2, 1]);
    expect(JSON.parse((await load("--skip-unchanged")).stdout)).toMatchObject({ unchanged: 1, consumed: 0 });
    await rm(directory, { recursive: true });
  });

  it("names no bucket for a local file off the local servers", async () => {
    const directory = await mkdtemp(join(tmpdir(), "trilane-"));
    const file = join(directory, "flights.ndjson");
    await writeFile(file, `${flight()}\n`);
    const onAws = { ...environment, TRILANE_S3_ENDPOINT: undefined, TRILANE_SERVERS_FILE: undefined };
    expect(await trilane(onAws, ["load", file, "--group", "routes"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--bucket"),
    });
    await rm(directory, { recursive: true });
  });

  it("runs jobs, prints their receipts, and ends with the worker's code", async () => {
    const queued = run("enqueue", "put", "routes", flight({ origin: "JFK" }), "--wait");
    const worker = startTrilane(environment, ["worker"]);
    const ended = once(worker, "exit");
    expect(await queued).toMatchObject({ code: 0, stdout: expect.stringMatching(/^applied/) });
    expect((await run("get", "routes", "JFK", "SFO")).code).toBe(0);
    const mixed = `[${flight({ origin: "JFK", date: "2001-01-01" })},{"origin":"JFK"}]`;
    const refused = await run("enqueue", "put", "routes", mixed, "--wait", "--json");
    expect(refused.code).toBe(4);
    expect(JSON.parse(refused.stdout).result.counts).toMatchObject({ superseded: 1, dead: 1 });
    const removed = await run("enqueue", "delete", "routes", "JFK", "SFO", "--at", "2001-07-01", "--wait");
    expect(removed).toMatchObject({ code: 0, stdout: expect.stringMatching(/^applied/) });
    expect((await run("get", "routes", "JFK", "SFO")).code).toBe(3);
    worker.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    const late = await run("enqueue", "delete", "routes", "A", "B", "--wait", "--timeout", "0.2");
    expect(late).toMatchObject({ code: 75, stderr: expect.stringContaining("is a worker running?") });
  });

  it("signs jobs with a key that it makes, for a worker that runs signed jobs alone", async () => {
    const directory = await mkdtemp(join(tmpdir(), "trilane-"));
    const [TRILANE_ACCESS_FILE, TRILANE_JOB_KEYS_FILE] = [join(directory, "access"), join(directory, "keys")];
    const { key } = JSON.parse((await run("access", "key", "--json")).stdout) as { readonly key: string };
    await writeFile(TRILANE_JOB_KEYS_FILE, JSON.stringify({ keys: { operators: [key] } }));
    const clients = [{ name: "operators", rights: { routes: ["put"] } }];
    await writeFile(TRILANE_ACCESS_FILE, JSON.stringify({ clients }));
    const files = { TRILANE_ACCESS_FILE, TRILANE_JOB_KEYS_FILE };
    const worker = startTrilane({ ...environment, ...files, TRILANE_JOB_SIGNATURES: "required" }, ["worker"]);
    const ended = once(worker, "exit");
    const put = ["enqueue", "put", "routes", flight({ origin: "JFK", date: "2001-07-02" }), "--wait"];
    const signing = { ...environment, TRILANE_JOB_CLIENT: "operators", TRILANE_JOB_KEY: key };
    expect(await trilane(signing, put)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^applied/) });
    expect(await run(...put)).toMatchObject({ code: 1, stderr: expect.stringContaining("JOB_NOT_SIGNED") });
    worker.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    await rm(directory, { recursive: true });
  });

  it("consumes a topic, and prints what it did at a signal", async () => {
    const topic = environment["TRILANE_TABLE"] ?? "";
    const brokers = (environment["TRILANE_KAFKA_BROKERS"] ?? "").split(",");
    const kafka = new Kafka({ brokers, clientId: topic, logLevel: logLevel.NOTHING });
    const [admin, producer] = [kafka.admin(), kafka.producer({ allowAutoTopicCreation: false })];
    await Promise.all([admin.connect(), producer.connect()]);
    await createTopics(admin, [{ topic, numPartitions: 1 }]);
    await producer.send({
      topic,
      messages: [
        { key: "1", value: flight({ origin: "BOS" }) },
        { key: "2", value: "{" },
      ],
    });
    const child = startTrilane(environment, ["stream", "--topic", `${topic}=routes`, "--group-id", topic]);
    if (child.stdout === null) throw new TypeError("no stdout");
    const report = text(child.stdout);
    await vi.waitFor(async () => {
      const [offset] = await admin.fetchOffsets({ groupId: topic, topics: [topic] });
      expect(offset?.partitions[0]?.offset).toBe("2");
    }, CONSUMED);
    child.kill("SIGTERM");
    expect(JSON.parse(await report)).toMatchObject({ consumed: 2, receipts: { applied: 1, dead: 1 } });
    expect((await run("get", "routes", "BOS", "SFO")).code).toBe(0);
    await Promise.all([admin.disconnect(), producer.disconnect()]);
  });

  it("serves until a signal", async () => {
    const child = startTrilane(environment, ["serve", "--port", "0"]);
    if (child.stdout === null) throw new TypeError("no stdout");
    const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
    const { listening } = JSON.parse(line) as { listening: string };
    expect((await fetch(`${listening}/v1/groups`)).status).toBe(200);
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
  });
});
