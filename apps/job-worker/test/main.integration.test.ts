import { afterAll, beforeAll, expect, test } from "vitest";
import { vi } from "vitest";
import { ended, openWorkFixture, type WorkFixture } from "./work-fixture.ts";

const JOBS = 60;

let fixture: WorkFixture;
beforeAll(async () => {
  fixture = await openWorkFixture();
});
afterAll(() => fixture.close());

test("kill -9 half-way loses no job", async () => {
  const codes = Array.from({ length: JOBS }, (_, index) => `K${index}`);
  for (const iata of codes) await fixture.jobs.enqueue({ name: "refresh", data: { group: "airports", key: { iata } } });
  const nameOf = async (iata: string) => (await fixture.platform.reader.get("airports", { iata }))?.features["name"];
  const countDone = async () => (await Promise.all(codes.map(nameOf))).filter((name) => name !== undefined).length;
  const first = fixture.startProcess();
  const killed = ended(first);
  await vi.waitUntil(async () => (await countDone()) > 0, { timeout: 20_000 });
  first.kill("SIGKILL");
  await killed;
  expect(await countDone()).toBeLessThan(JOBS);
  const second = fixture.startProcess();
  const outcome = ended(second);
  await vi.waitUntil(async () => (await countDone()) === JOBS, { timeout: 30_000, interval: 100 });
  second.kill("SIGTERM");
  const { code, stdout } = await outcome;
  expect(code).toBe(0);
  const report = JSON.parse(stdout);
  const { applied, superseded, duplicate, expired, dead } = report.receipts;
  expect(applied + superseded + duplicate + expired + dead).toBe(report.consumed);
  expect(await nameOf("K0")).toBe("Airport K0");
});
