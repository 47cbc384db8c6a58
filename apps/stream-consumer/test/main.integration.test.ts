import { afterEach, expect, test } from "vitest";
import { freePort } from "@trilane/servers";
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

test(
  "a batch that nobody can read stops its partition alone, until it is skipped",
  { timeout: TEST_MS_MAX },
  async () => {
    fixture = await openStreamFixture(2);
    const { name } = fixture;
    const bomb = Buffer.alloc(BATCH_BYTES_MAX + 1);
    await fixture.produce([{ ...flight("B0", 1), partition: 0 }]);
    await fixture.produce([{ value: bomb, partition: 0 }], kafkajs.CompressionTypes.ZSTD);
    await fixture.produce([{ ...flight("B1", 1), partition: 0 }]);
    const health = await freePort();
    const first = fixture.startProcess([], { TRILANE_HEALTH_PORT: String(health) });
    const stopped = ended(first);
    await eventually(async () => (await readiness(health)).includes(`--skip ${name}/0@1-1`));
    await fixture.produce([{ ...flight("B2", 1), partition: 1 }]);
    await eventually(async () => (await fixture.lag()) === 2);
    expect(await metric(health, "trilane_stream_stopped_partitions")).toBe("1");
    first.kill("SIGTERM");
    const { code, stderr, stdout } = await stopped;
    expect(code).toBe(0);
    expect(stderr).toContain("partition stopped; the others go on");
    expect(JSON.parse(stdout)).toMatchObject({ consumed: 2, lag: 2 });
    const second = fixture.startProcess(["--skip", `${name}/0@1-1`]);
    const done = ended(second);
    await fixture.caughtUp();
    second.kill("SIGTERM");
    expect(JSON.parse((await done).stdout)).toMatchObject({ consumed: 2, deadLetters: 1, receipts: { applied: 1 } });
    const [letter] = await fixture.deadLetters(1);
    expect(String(letter?.headers?.["last-offset"])).toBe("1");
    expect(String(letter?.headers?.["reason"])).toBe("unreadable-batch");
  },
);

async function readiness(port: number): Promise<string> {
  return fetch(`http://127.0.0.1:${port}/health/ready`).then((answer) => answer.text(), String);
}

async function metric(port: number, name: string): Promise<string | undefined> {
  const text = await fetch(`http://127.0.0.1:${port}/metrics`).then((answer) => answer.text());
  return text
    .split("\n")
    .find((line) => line.startsWith(`${name} `))
    ?.split(" ")[1];
}
