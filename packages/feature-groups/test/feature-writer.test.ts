import type { Receipt, WriteOptions, WriteRecord, Writer } from "@trilane/write-through";
import { describe, expect, expectTypeOf, test } from "vitest";
import { type CoreWriter, createFeatureWriter, decodePayload, FeatureGroupError, jobPlaces } from "../src/index.ts";
import { config, flight, MemoryCore, NOW_MS } from "./fixtures.ts";

const passenger = { passenger: "p-1", at: NOW_MS, sequence: 1, miles: 5 };

function setUp() {
  const core = new MemoryCore();
  return { core, writer: createFeatureWriter(config, core) };
}

const statusesOf = (receipts: readonly Receipt[]) => receipts.map((receipt) => receipt.status);

describe("createFeatureWriter", () => {
  test("one receipt per input, in order, from one call of the core", async () => {
    const { core, writer } = setUp();
    const receipts = await writer.writeMany(
      [
        { kind: "put", group: "routes", input: flight },
        { kind: "put", group: "nowhere", input: flight },
        { kind: "put", group: "routes", input: flight },
        { kind: "put", group: "passengers", input: { ...passenger, at: 0 } },
        { kind: "put", group: "passengers", input: passenger },
        { kind: "put", group: "routes", input: { ...flight, date: "2000-01-01" } },
        { kind: "delete", group: "routes", input: { ...flight, date: "2001-02-01" } },
        { kind: "put", group: "routes", input: "poison" },
      ],
      { lane: "stream" },
    );
    expect(statusesOf(receipts)).toEqual([
      "superseded",
      "dead",
      "superseded",
      "expired",
      "applied",
      "superseded",
      "applied",
      "dead",
    ]);
    expect(core.calls).toEqual([{ lane: "stream" }]);
    expect(core.records.get("routes#SEA#SFO")?.payload).toBeNull();
  });

  test("dead receipts carry reason and detail", async () => {
    const { writer } = setUp();
    const receipts = await writer.write("routes", [{ ...flight, date: "2001-02-30" }], { lane: "batch" });
    expect(receipts).toEqual([
      { status: "dead", reason: "invalid-event-time", detail: expect.stringContaining('"date" is "2001-02-30"') },
    ]);
  });

  test("a refused record of an erased person is erased, and no dead letter tells of it", async () => {
    const { core, writer } = setUp();
    const broken = { ...passenger, miles: "many" };
    const [kept] = await writer.write("passengers", [broken as never], { lane: "stream" });
    expect(kept).toMatchObject({ status: "dead", owner: { eventTimeUs: NOW_MS * 1_000 } });
    core.isErased = () => true;
    expect(statusesOf(await writer.write("passengers", [broken as never], { lane: "stream" }))).toEqual(["erased"]);
  });

  test("where nothing is left to write the core is not called", async () => {
    const { core, writer } = setUp();
    expect(await writer.writeMany([{ kind: "put", group: "routes", input: 1 }], { lane: "batch" })).toHaveLength(1);
    expect(await writer.writeMany([], { lane: "batch" })).toEqual([]);
    expect(core.calls).toEqual([]);
  });

  test("put, then delete of the same entity now", async () => {
    const { core, writer } = setUp();
    await writer.write("routes", [flight], { lane: "stream" });
    const receipts = await writer.delete("routes", [{ origin: "SEA", destination: "SFO" }], { lane: "on-demand" });
    expect(statusesOf(receipts)).toEqual(["applied"]);
    expect(core.records.get("routes#SEA#SFO")?.payload).toBeNull();
  });

  test("what comes later in one call wins, and so does what comes in a later call", async () => {
    const { core, writer } = setUp();
    const delaysOf = (...delays: readonly number[]) => delays.map((delay) => ({ ...flight, delay }));
    const delayHeld = (): unknown =>
      decodePayload(core.records.get("routes#SEA#SFO")?.payload ?? new Uint8Array()).features["delay"];
    for (const delays of [
      [1, 2, 3],
      [3, 2, 1],
      [2, 1, 3],
    ]) {
      core.nowMs += 1;
      const receipts = await writer.write("routes", delaysOf(...delays), { lane: "on-demand" });
      expect(statusesOf(receipts).toSorted()).toEqual(["applied", "superseded", "superseded"]);
      expect(delayHeld()).toBe(delays[2]);
    }
  });

  test("a change keeps the place that it has", async () => {
    const { writer } = setUp();
    const place = jobPlaces({ timeMs: 1, id: "1" })(0);
    const change = { kind: "put", group: "routes", input: flight, place } as const;
    expect(statusesOf(await writer.writeMany([change], { lane: "batch" }))).toEqual(["applied"]);
    expect(statusesOf(await writer.writeMany([change], { lane: "batch" }))).toEqual(["duplicate"]);
  });

  test("passes on the signal and the source's time", async () => {
    const { core, writer } = setUp();
    const { signal } = new AbortController();
    await writer.write("airports", [{ iata: "SEA", name: "x" }], { lane: "batch", signal, sourceTimeUs: 5_000 });
    expect(core.calls).toEqual([{ lane: "batch", signal }]);
    expect(core.records.get("airports#SEA")?.version).toMatch(/^0000000000005000/);
  });

  test.each([[[]], [[{ status: "expired" }, { status: "expired" }]]])(
    "notices a core that answers %j",
    async (receipts) => {
      const core: CoreWriter = {
        write: async () => receipts as unknown as readonly Receipt[],
        isErased: () => false,
        timeOfDay: () => ({ kind: "confirmed", nowMs: NOW_MS }),
      };
      const writer = createFeatureWriter(config, core);
      await expect(writer.write("routes", [flight], { lane: "batch" })).rejects.toThrow(FeatureGroupError);
    },
  );

  test("inputs are typed by the group", async () => {
    const { writer } = setUp();
    const options = { lane: "on-demand" } as const;
    // @ts-expect-error -- the group has no such name
    await writer.write("flights", [], options);
    // @ts-expect-error -- the destination is missing
    await writer.write("routes", [{ origin: "SEA", date: flight.date, delay: 1, distance: 1 }], options);
    // @ts-expect-error -- the event time is missing
    await writer.write("routes", [{ origin: "SEA", destination: "SFO", delay: 1, distance: 1 }], options);
    // @ts-expect-error -- a feature has another type
    await writer.write("routes", [{ ...flight, delay: true }], options);
    // @ts-expect-error -- the sequence is missing
    await writer.write("passengers", [{ passenger: "p-1", at: 1, miles: 1 }], options);
    // @ts-expect-error -- the key is incomplete
    await writer.delete("routes", [{ origin: "SEA" }], options);
  });

  test("the core's writer is a CoreWriter", () => {
    expectTypeOf<Writer>().toExtend<CoreWriter>();
    expectTypeOf<CoreWriter["write"]>().parameters.toEqualTypeOf<[readonly WriteRecord[], WriteOptions]>();
  });
});
