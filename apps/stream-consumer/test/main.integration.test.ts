import { afterEach, expect, test } from "vitest";
import kafkajs from "kafkajs";
import { BATCH_BYTES_MAX } from "../src/kafkajs/codecs.ts";
import { ended, eventually, flight, openStreamFixture, type StreamFixture } from "./stream-fixture.ts";

const TEST_MS_MAX = 60_000;
const ROUTES = 40;
const RECORDS = 80_000;

let fixture: StreamFixture;
afterEach(() => fixture.close());

test("kill -9 half-way loses nothing", { timeout: TEST_MS_MAX }, async () => {
  fixture = await openStreamFixture(2);
  const flights = Array.from({ length: RECORDS }, (_, minute) => flight(`K${minute % ROUTES}`, minute));
  for (let from = 0; from < RECORDS; from += 5_000) await fixture.produce(flights.slice(from, from + 5_000));
  const first = fixture.startProcess();
  const killed = ended(first);
  await eventually(async () => (await fixture.lag()) < RECORDS);
  first.kill("SIGKILL");
  await killed;
  const left = await fixture.lag();
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThan(RECORDS);
  const second = fixture.startProcess();
  const outcome = ended(second);
  await fixture.caughtUp();
  second.kill("SIGTERM");
  const { code, stdout } = await outcome;
  expect(code).toBe(0);
  const report = JSON.parse(stdout);
  const { applied, superseded, duplicate, expired, dead } = report.receipts;
  expect(applied + superseded + duplicate + expired + dead).toBe(report.consumed);
  expect(report).toMatchObject({ deadLetters: 0, lag: 0 });
  const { platform, name } = fixture;
  for (let route = 0; route < ROUTES; route += 1) {
    const record = await platform.reader.get(name, { origin: "SEA", destination: `K${route}` });
    expect(record?.features["delay"]).toBe(RECORDS - ROUTES + route);
  }
});

test("a crash of the client ends the process with its reason", { timeout: TEST_MS_MAX }, async () => {
  fixture = await openStreamFixture(1);
  const bomb = Buffer.alloc(BATCH_BYTES_MAX + 1);
  await fixture.produce([{ value: bomb }], kafkajs.CompressionTypes.ZSTD);
  const { code, stderr } = await ended(fixture.startProcess());
  expect(code).toBe(1);
  expect(stderr).toContain("BATCH_UNREADABLE");
});
