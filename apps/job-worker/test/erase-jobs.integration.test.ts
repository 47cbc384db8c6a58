/** The records of erased persons leave the queue, and all others stay as they were sent. */
import { createSubjectDigests, defineConfig, defineGroup, days } from "@trilane/feature-groups";
import { makeJobKey } from "@trilane/lane-kit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { deadQueueOf, eraseFromQueue } from "../src/index.ts";
import { isSignedBy, seal, sealedOf } from "../src/sealed-payload.ts";
import { withQueue } from "./lane-helpers.ts";
import { openWorkFixture, type WorkFixture } from "./work-fixture.ts";

const bookings = defineGroup({
  key: ["booking"],
  eventTime: { field: "at", unit: "ms" },
  subject: "passenger",
  schema: z.object({ miles: z.unknown() }),
  ttlMs: days(365),
});
const config = defineConfig({ groups: { bookings } });
const subjects = createSubjectDigests("a key");
const nowMs = Date.UTC(2026, 0, 2);
const untilUs = Date.UTC(2026, 0, 1) * 1_000;
const anna = subjects.digestOf("anna");
const isErased = (subject: string, eventTimeUs: number): boolean => subject === anna && eventTimeUs <= untilUs;

function booking(passenger: string, atMs: unknown, miles: unknown = 5): string {
  return JSON.stringify({ booking: `${passenger}-1`, passenger, at: atMs, miles });
}

let fixture: WorkFixture;
beforeAll(async () => {
  fixture = await openWorkFixture();
});
afterAll(() => fixture.close());

it("takes the names out of a job that the library failed because its workers died too often", async () => {
  await withQueue(fixture.platform, fixture.queue, (queue, connection) =>
    withQueue(fixture.platform, deadQueueOf(fixture.queue), async (deadQueue) => {
      const { id = "" } = await queue.add("erase", { subjects: ["anna"] });
      const waiting = await queue.add("erase", { subjects: ["bert"] });
      await connection.lrem(queue.toKey("wait"), 1, id);
      await connection.zadd(queue.toKey("failed"), nowMs, id);
      await eraseFromQueue({ connection, queue, deadQueue, config, subjects, isErased, nowMs });
      const dataOf = (job: string) => connection.hget(queue.toKey(job), "data");
      expect(await dataOf(id)).toBe('{"erased":[]}');
      // Nobody has erased that person yet.
      expect(await dataOf(waiting.id ?? "")).toBe('{"subjects":["bert"]}');
      await queue.obliterate({ force: true });
    }),
  );
});

it("takes them out of jobs and dead letters, keeps later ones, and changes no other byte of a number", async () => {
  const [before, after] = [nowMs - days(9), nowMs];
  await withQueue(fixture.platform, fixture.queue, (queue, connection) =>
    withQueue(fixture.platform, deadQueueOf(fixture.queue), async (deadQueue) => {
      const add = async (records: readonly string[]): Promise<string> => {
        const { id } = await queue.add("put", {});
        await connection.hset(queue.toKey(id ?? ""), "data", `{"group":"bookings","records":[${records.join(",")}]}`);
        return id ?? "";
      };
      const big = booking("bert", before).replace('"miles":5', '"miles":9007199254740993');
      const mixed = await add([booking("anna", before), big, booking("anna", after)]);
      const alone = await add([booking("anna", before)]);
      const others = await add([big]);
      await connection.hset(queue.toKey((await queue.add("put", {})).id ?? ""), "data", "no JSON");
      const letter = (record: unknown) => ({
        lane: "on-demand",
        job: "j",
        name: "put",
        group: "bookings",
        index: 0,
        record,
      });
      await deadQueue.addBulk([
        { name: "dead", data: letter({ passenger: "anna", at: "never" }) },
        { name: "dead", data: letter({ passenger: "bert", at: "never" }) },
      ]);
      const erase = () => eraseFromQueue({ connection, queue, deadQueue, config, subjects, isErased, nowMs });
      expect(await erase()).toEqual({ jobs: 2, records: 2, letters: 1, unreadable: 1 });
      const dataOf = (id: string) => connection.hget(queue.toKey(id), "data");
      expect(await dataOf(mixed)).toBe(
        `{"group":"bookings","records":[null,${big},${booking("anna", after)}],"erased":[0]}`,
      );
      expect(await dataOf(alone)).toBeNull();
      expect(await dataOf(others)).toBe(`{"group":"bookings","records":[${big}]}`);
      expect(await deadQueue.getWaitingCount()).toBe(1);
      expect(await erase()).toEqual({ jobs: 0, records: 0, letters: 0, unreadable: 1 });
    }),
  );
});

it("signs a job anew that loses records, and tells of the one whose key is not there", async () => {
  const key = makeJobKey();
  const keys = (client: string): readonly string[] => (client === "checkout" ? [key] : []);
  await withQueue(fixture.platform, fixture.queue, (queue, connection) =>
    withQueue(fixture.platform, deadQueueOf(fixture.queue), async (deadQueue) => {
      const add = async (client: string, id: string): Promise<void> => {
        const text = `{"group":"bookings","records":[${booking("anna", nowMs - days(9))},${booking("bert", nowMs)}]}`;
        await queue.add("put", seal({ client, name: "put", id, atMs: nowMs, text }, key), { jobId: id });
      };
      await add("checkout", "signed");
      await add("unknown", "of-another");
      const lost: string[] = [];
      const onSignatureLost = (id: string): void => void lost.push(id);
      const options = { connection, queue, deadQueue, config, subjects, isErased, nowMs, keys, onSignatureLost };
      expect(await eraseFromQueue(options)).toMatchObject({ jobs: 2, records: 2 });
      expect(lost).toEqual(["of-another"]);
      const sealedIn = async (id: string) => sealedOf((await queue.getJob(id))?.data);
      const signed = await sealedIn("signed");
      expect(signed !== null && isSignedBy(signed, { name: "put", id: "signed" }, [key])).toBe(true);
      for (const sealed of [signed, await sealedIn("of-another")]) {
        expect(sealed?.payload).toMatch(/"records":\[null,.*bert.*"erased":\[0\]/);
        expect(sealed?.payload).not.toContain("anna");
      }
      await queue.obliterate({ force: true });
    }),
  );
});
