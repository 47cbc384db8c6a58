/** A person is erased by the command, from table and queue, and neither a replay nor a restored table brings them back. */
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DynamoDBClient, PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { createSubjectDigests } from "@trilane/feature-groups";
import { applyTable } from "@trilane/write-through/dynamodb";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Ended, type Environment, ownEnvironment, ownNames, trilane } from "../trilane-command.ts";
import { config } from "./erase-config.ts";
import { config as rekeyConfig } from "./rekey-config.ts";

const names = ownNames();
const restored = `${names.TRILANE_TABLE}-restored`;
const inRestored: Environment = { TRILANE_TABLE: restored };
/** A text that nothing else holds. */
const ANNA = "anna-kettlewell";
const MARK = "31415";
const KEY = "the key of this test";
const reportFile = join(tmpdir(), `${names.TRILANE_TABLE}.json`);
const bucket = `erasures-${names.TRILANE_TABLE}`;
const dynamodb = new DynamoDBClient({ endpoint: process.env["TRILANE_DYNAMODB_ENDPOINT"] ?? "", region: "us-east-1" });
const environment = ownEnvironment({
  ...names,
  TRILANE_CONFIG: fileOf("./erase-config.ts"),
  TRILANE_CACHE_LEASE_MS: "300",
  TRILANE_ERASURE_REST_MS: "3600000",
  TRILANE_ERASURE_COPY: `s3://${bucket}/list`,
  TRILANE_DEAD_LETTERS: `s3://${bucket}/letters`,
  TRILANE_SUBJECT_KEY: KEY,
});
const said: string[] = [];

function fileOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

async function run(args: readonly string[], stdin = "", more: Environment = {}): Promise<Ended> {
  const ended = await trilane({ ...environment, ...more }, args, stdin);
  said.push(ended.stdout, ended.stderr);
  return ended;
}

function booking(name: string, passenger: string): string {
  return JSON.stringify({ booking: name, passenger, at: "2001-06-30T08:00:00Z", miles: Number(MARK) });
}

function groupsBySubject(): { readonly withSubject: readonly string[]; readonly withoutSubject: readonly string[] } {
  const { bookings, members, gates } = config.groups;
  return { withSubject: [bookings.name, members.name], withoutSubject: [gates.name] };
}

function member(mail: string): string {
  return JSON.stringify({ mail, at: "2001-06-30T08:00:00Z", level: 3 });
}

async function put(json: string, group = "bookings", more: Environment = {}): Promise<unknown> {
  const { stdout } = await run(["put", group, "-", "--json"], json, more);
  return (JSON.parse(stdout) as { receipts: readonly unknown[] }).receipts[0];
}

/** The answer repeats the key that it was asked for, so it is not among what the commands say by themselves. */
async function readMember(...flags: readonly string[]): Promise<Ended> {
  return trilane(environment, ["get", "members", ANNA, ...flags]);
}

/** As a restore does, under another name. */
async function copyTable(to: string): Promise<void> {
  await applyTable(dynamodb, to);
  const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName: names.TRILANE_TABLE }));
  for (const Item of Items) await dynamodb.send(new PutItemCommand({ TableName: to, Item }));
}

/** The payloads in a table that hold the mark. */
async function markedItems(table: string): Promise<number> {
  const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName: table, ConsistentRead: true }));
  return Items.filter(({ d }) => Buffer.from(d?.B ?? []).includes("miles")).length;
}

beforeAll(async () => {
  const s3 = new S3Client({
    endpoint: process.env["TRILANE_S3_ENDPOINT"] ?? "",
    region: "us-east-1",
    forcePathStyle: true,
  });
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  const subject = createSubjectDigests(KEY).digestOf(ANNA);
  const Body = `${JSON.stringify({ reason: "invalid-features", subject, eventTimeUs: 1, input: {} })}\n`;
  for (const Key of ["letters/l1/0.ndjson", "elsewhere/l2/0.ndjson", "kept/l3/0.ndjson"]) {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
  }
  s3.destroy();
  expect(await run(["apply"])).toMatchObject({ code: 0 });
  expect(await put(booking("b-1", ANNA))).toMatchObject({ status: "applied" });
  expect(await put(booking("b-2", "bert"))).toMatchObject({ status: "applied" });
  expect(await put(member(ANNA), "members")).toMatchObject({ status: "applied" });
  await copyTable(restored);
});
afterAll(() => dynamodb.destroy());

it("names the entities of a group with digested keys nowhere, and finds them by their plain key", async () => {
  expect(JSON.parse((await readMember("--explain", "--json")).stdout)).toMatchObject({
    features: { level: 3 },
    explanation: { key: expect.stringMatching(/^members#[0-9a-f]{32}$/u), store: { state: "record" } },
  });
  expect(await run(["audit", "--json"])).toMatchObject({ code: 0, stdout: expect.stringContaining('"looked":3') });
  const { Items } = await dynamodb.send(new ScanCommand({ TableName: names.TRILANE_TABLE }));
  expect(Items?.length).toBeGreaterThan(3);
  expect(JSON.stringify(Items)).toContain("members#");
  expect(Buffer.from(JSON.stringify(Items)).includes(ANNA)).toBe(false);
  const otherwise = await run(["get", "bookings", "b-1"], "", { TEST_MEMBER_KEYS: "plain" });
  expect(otherwise.code).not.toBe(0);
  expect(otherwise.stderr).toMatch(/"members".*GROUP_KEYS_OTHER/u);
  const keyless = await run(["get", "bookings", "b-1"], "", { TRILANE_SUBJECT_KEY: "" });
  expect(keyless).toMatchObject({ code: 2, stderr: expect.stringContaining("TRILANE_SUBJECT_KEY") });
});

it("asks first, then erases from table and queue, and reports digests only", async () => {
  const job = ["enqueue", "put", "bookings", "-"];
  expect(await run(job, booking("b-3", ANNA))).toMatchObject({ code: 0 });
  const asked = await run(["erase", "--subjects", "-", "--json"], `${ANNA}\n`);
  expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining("--yes erases them") });
  expect(JSON.parse(asked.stdout)).toMatchObject({
    dryRun: true,
    subjects: [{ records: 2, groups: { bookings: 1, members: 1 } }],
  });
  expect(await markedItems(names.TRILANE_TABLE)).toBe(2);

  const letters = ["--letters", `s3://${bucket}/elsewhere/`];
  const flags = ["--yes", "--report", reportFile, "--json", ...letters];
  const erased = await run(["erase", "--subjects", "-", ...flags], `${ANNA}\n`);
  expect(erased).toMatchObject({ code: 0 });
  const report = JSON.parse(await readFile(reportFile, "utf8")) as { erasures: readonly { subject: string }[] };
  expect(report).toMatchObject({
    erasures: [{ number: 1, kind: "erase", removed: 2, sweeps: 3, phase: "resting" }],
    removedByGroup: { bookings: 1, members: 1 },
    queue: { jobs: 1, records: 1, letters: 0 },
    letters: [
      { bucket, prefix: "letters/", objects: 1, letters: 1 },
      { bucket, prefix: "elsewhere/", objects: 1, letters: 1 },
    ],
    groups: groupsBySubject(),
  });
  expect(report.erasures[0]?.subject).toMatch(/^[0-9a-f]{32}$/u);
  expect(await markedItems(names.TRILANE_TABLE)).toBe(1);
});

it("refuses the replay, gives the other person's records, and lists who was erased", async () => {
  expect(await put(booking("b-1", ANNA))).toMatchObject({ status: "erased" });
  expect(await put(member(ANNA), "members")).toMatchObject({ status: "erased" });
  expect(await run(["get", "bookings", "b-1"])).toMatchObject({ code: 3 });
  expect(await readMember()).toMatchObject({ code: 3 });
  const exported = await run(["subject", "export", "--subjects", "-", "--json"], `${ANNA}\nbert\n`);
  const lines = exported.stdout.trim().split("\n");
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { key: "bookings#b-2", features: { miles: Number(MARK) } },
  ]);
  const listed = JSON.parse((await run(["erase", "ls", "--json"])).stdout) as object;
  const status = JSON.parse((await run(["status", "--json"])).stdout) as object;
  expect(status).toMatchObject({ erasures: { open: 1, overdue: 0 } });
  expect(listed).toMatchObject({ last: 1, inForce: 1, erasures: [{ number: 1, by: expect.stringContaining("@") }] });
});

it("lets no process answer from a table that was restored, until the erasures are back", async () => {
  expect(await markedItems(restored)).toBe(2);
  const unnoticed = await run(["get", "bookings", "b-1"], "", { TRILANE_TABLE: restored, TRILANE_ERASURE_COPY: "" });
  expect(unnoticed).toMatchObject({ code: 0, stdout: expect.stringContaining(MARK) });
  const refused = await run(["get", "bookings", "b-1"], "", inRestored);
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toMatch(/ERASURES_LOST/u);
  expect(refused.stderr).toMatch(/trilane erase restore/u);
  const back = await run(["erase", "restore", "--json"], "", inRestored);
  expect(JSON.parse(back.stdout)).toEqual({ restored: 1 });
  expect(await run(["get", "bookings", "b-1"], "", inRestored)).toMatchObject({ code: 3 });
  expect(await run(["erase", "resume"], "", inRestored)).toMatchObject({ code: 0 });
  expect(await markedItems(restored)).toBe(1);
});

it("starts no process with another key for the digests of persons", async () => {
  const refused = await run(["get", "bookings", "b-1"], "", { TRILANE_SUBJECT_KEY: "another key" });
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toMatch(/SUBJECT_KEY_OTHER/u);
  expect(refused.stderr).not.toContain("another key");
});

it("erases up to a time alone, or for good until that is lifted", async () => {
  const later = (name: string, at = "2002-01-01"): string =>
    JSON.stringify({ ...(JSON.parse(booking(name, "carl")) as object), at });
  const erase = (...flags: readonly string[]): Promise<Ended> =>
    run(["erase", "--subjects", "-", "--yes", "--json", ...flags], "carl\n");
  expect(await put(later("b-5"))).toMatchObject({ status: "applied" });
  expect(await erase("--until", "2001-12-31")).toMatchObject({ code: 0 });
  expect(await put(booking("b-6", "carl"))).toMatchObject({ status: "erased" });
  const kept = await run(["subject", "ls", "--subjects", "-", "--json"], "carl\n");
  expect(kept).toMatchObject({ code: 0, stdout: expect.stringContaining("bookings#b-5") });
  expect(await erase("--permanent")).toMatchObject({ code: 0 });
  expect(await put(later("b-6"))).toMatchObject({ status: "erased" });
  const lifted = await erase("--lift");
  expect(lifted).toMatchObject({ code: 0 });
  const report = JSON.parse(lifted.stdout) as { readonly erasures: readonly { readonly until: string }[] };
  expect(report).toMatchObject({ erasures: [{ kind: "lift", phase: "done" }], queue: null });
  expect(await put(later("b-6"))).toMatchObject({ status: "erased" });
  const afterLift = new Date(Date.parse(report.erasures[0]?.until ?? "") + 1).toISOString();
  expect(await put(later("b-7", afterLift))).toMatchObject({ status: "applied" });
});

it("changes the key of digests: who was erased stays erased, and a name finds the records of both keys", async () => {
  const both = {
    TRILANE_SUBJECT_KEY: "the next key",
    TRILANE_SUBJECT_KEY_BEFORE: KEY,
    TRILANE_CONFIG: fileOf("./rekey-config.ts"),
  };
  expect(await run(["subject", "rekey"], "", both)).toMatchObject({ code: 0 });
  expect((await run(["get", "bookings", "b-2"])).stderr).toMatch(/SUBJECT_KEY_OTHER/u);
  expect(await put(booking("b-1", ANNA), "bookings", both)).toMatchObject({ status: "erased" });
  expect(await put(booking("b-4", "bert"), "bookings", both)).toMatchObject({ status: "applied" });
  const erased = await run(["erase", "--subjects", "-", "--yes", "--no-queue", "--json"], "bert\n", both);
  expect(JSON.parse(erased.stdout)).toMatchObject({ removedByGroup: { [rekeyConfig.groups.bookings.name]: 2 } });
  const finish = await run(["subject", "rekey", "--finish"], "", both);
  expect(finish).toMatchObject({ code: 75, stdout: expect.stringContaining("records from before the change") });
});

it("fills a new table by a new key, and brings the erasures of the old one into it", async () => {
  const filled = `${names.TRILANE_TABLE}-filled`;
  const both = { TRILANE_TABLE: filled, TRILANE_SUBJECT_KEY: "the next key", TRILANE_SUBJECT_KEY_BEFORE: KEY };
  await applyTable(dynamodb, filled);
  expect(await run(["erase", "restore"], "", both)).toMatchObject({ code: 0 });
  expect(await put(member(ANNA), "members", both)).toMatchObject({ status: "erased" });
});

it("names nobody in what it prints", () => {
  expect(said.join("\n")).not.toContain(ANNA);
});
