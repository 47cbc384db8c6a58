/** Two tables on one queue's server, as staging beside production. */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { withQueue } from "../lane-helpers.ts";
import { flight, openWorkFixture, type WorkFixture } from "../work-fixture.ts";

let staging: WorkFixture;
let production: WorkFixture;
beforeAll(async () => {
  [staging, production] = await Promise.all([openWorkFixture(), openWorkFixture()]);
});
afterAll(() => Promise.all([staging.close(), production.close()]));

test("each table's worker runs the jobs of its own table, and none of the other's", async () => {
  const put = (minute: number) => ({ name: "put", data: { group: "routes", records: [flight("TWO", minute)] } });
  const stagingWork = await staging.start();
  await production.jobs.enqueue(put(2));
  await staging.jobs.enqueue({ ...put(1), wait: true });
  const waiting = await withQueue(production.platform, production.queue, (queue) => queue.getWaitingCount());
  expect(waiting).toBe(1);
  expect(await stagingWork.stop()).toMatchObject({ consumed: 1 });
  const productionWork = await production.start();
  await vi.waitUntil(async () => (await production.delayOf("TWO")) === 2, { timeout: 10_000 });
  expect(await productionWork.stop()).toMatchObject({ consumed: 1 });
  expect(await staging.delayOf("TWO")).toBe(1);
});
