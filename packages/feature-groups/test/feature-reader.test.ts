import { CoreError, NO_VERSION, type ReadResult, type Reader, type Version } from "@trilane/write-through";
import { describe, expect, expectTypeOf, test } from "vitest";
import * as z from "zod";
import {
  type CoreReader,
  createFeatureReader,
  createFeatureWriter,
  defineConfig,
  defineGroup,
  type FeatureConfig,
  FeatureGroupError,
  type FeatureRecord,
  type FeatureResult,
  years,
} from "../src/index.ts";
import { config, flight, FLIGHT_TIME_US, MemoryCore, NOW_MS } from "./fixtures.ts";

const SEA_SFO = { origin: "SEA", destination: "SFO" };

async function setUp() {
  const core = new MemoryCore();
  const writer = createFeatureWriter(config, core);
  await writer.write("routes", [flight], { lane: "stream" });
  await writer.write("airports", [{ iata: "SEA", name: "Seattle-Tacoma" }], { lane: "batch", sourceTimeUs: 5_000 });
  return { core, writer, reader: createFeatureReader(config, core) };
}

function foundAt(core: MemoryCore, key: string): Extract<ReadResult, { kind: "found" }> {
  const record = core.records.get(key);
  if (record === undefined || record.payload === null) throw new Error(`no record at ${key}`);
  const { version, payload, expiresAtMs } = record;
  return { kind: "found", version, payload, expiresAtMs, source: "store" };
}

describe("get", () => {
  test("gives the features with all that is known of them", async () => {
    const { reader } = await setUp();
    expect(await reader.get("routes", SEA_SFO)).toEqual({
      key: "routes#SEA#SFO",
      features: { delay: -3, distance: 679 },
      eventTimeUs: FLIGHT_TIME_US,
      version: expect.stringMatching(/^0980928300000000/),
      expiresAtMs: FLIGHT_TIME_US / 1_000 + years(100),
      source: "cache",
    });
  });

  test("gives null for what was never written and for what was deleted", async () => {
    const { reader, writer } = await setUp();
    expect(await reader.get("routes", { origin: "SFO", destination: "SEA" })).toBeNull();
    await writer.delete("routes", [SEA_SFO], { lane: "on-demand" });
    expect(await reader.get("routes", SEA_SFO)).toBeNull();
  });

  test("throws for a bad key, an unknown group, and what the core throws", async () => {
    const { core, reader } = await setUp();
    await expect(reader.get("routes", { origin: "", destination: "SFO" })).rejects.toMatchObject({
      code: "INVALID_KEY",
    });
    await expect(reader.get("flights" as "routes", SEA_SFO)).rejects.toMatchObject({ code: "UNKNOWN_GROUP" });
    const error = new CoreError("STORE_THROTTLED", "slow down");
    core.overrides.set("routes#SEA#SFO", { kind: "failed", error });
    await expect(reader.get("routes", SEA_SFO)).rejects.toBe(error);
  });

  test("notices a payload that is not its version's", async () => {
    const { core, reader } = await setUp();
    const found = foundAt(core, "routes#SEA#SFO");
    const payload = Uint8Array.from(found.payload);
    payload[payload.length - 1] = 0;
    core.overrides.set("routes#SEA#SFO", { ...found, payload });
    await expect(reader.get("routes", SEA_SFO)).rejects.toMatchObject({ code: "CORRUPT_RECORD" });
  });
});

describe("getMany", () => {
  test("answers each request in its place, from one read of the core", async () => {
    const { core, reader } = await setUp();
    core.overrides.set("routes#SEA#JFK", { kind: "failed", error: new CoreError("CACHE_LOST", "gone") });
    core.reads = 0;
    const results = await reader.getMany([
      { group: "airports", key: { iata: "SEA" } },
      { group: "routes", key: { origin: "\ud800", destination: "SFO" } },
      { group: "routes", key: SEA_SFO },
      { group: "routes", key: { origin: "SEA", destination: "JFK" } },
      { group: "airports", key: { iata: "XXX" } },
      { group: "routes", key: SEA_SFO },
    ]);
    expect(results).toMatchObject([
      { kind: "found", record: { features: { name: "Seattle-Tacoma" } } },
      { kind: "refused", error: { code: "INVALID_KEY" } },
      { kind: "found", record: { features: { delay: -3 } } },
      { kind: "failed", key: "routes#SEA#JFK", error: { code: "CACHE_LOST" } },
      { kind: "absent", key: "airports#XXX", version: NO_VERSION },
      { kind: "found", record: { features: { delay: -3 } } },
    ]);
    expect(core.reads).toBe(1);
  });

  test("an unknown group is refused in its own place", async () => {
    const { core } = await setUp();
    const reader = createFeatureReader(config as FeatureConfig, core);
    const results = await reader.getMany([{ group: "flights", key: { id: 1 } }]);
    expect(results).toMatchObject([{ kind: "refused", error: { code: "UNKNOWN_GROUP" } }]);
    expect(await reader.getMany([])).toEqual([]);
  });

  test("notices a core that answers too little", async () => {
    const core = new MemoryCore();
    const reader = createFeatureReader(config, Object.assign(core, { read: async () => [] }));
    await expect(reader.getMany([{ group: "routes", key: SEA_SFO }])).rejects.toThrow(FeatureGroupError);
  });
});

describe("records of another schema version", () => {
  const options = { key: ["id"], eventTime: { field: "at", unit: "ms" }, ttlMs: years(1) } as const;
  const first = defineConfig({ groups: { g: defineGroup({ ...options, schema: z.object({ a: z.number() }) }) } });
  const input = { id: 1, at: NOW_MS, a: 1 };

  async function written(): Promise<MemoryCore> {
    const core = new MemoryCore();
    await createFeatureWriter(first, core).write("g", [input], { lane: "stream" });
    return core;
  }

  test("take the defaults of today's schema", async () => {
    const schema = z.object({ a: z.number(), b: z.string().default("new") });
    const second = defineConfig({ groups: { g: defineGroup({ ...options, schema, schemaVersion: 2 }) } });
    const record = await createFeatureReader(second, await written()).get("g", { id: 1 });
    expect(record?.features).toEqual({ a: 1, b: "new" });
  });

  test("are reported where today's schema refuses them", async () => {
    const schema = z.object({ a: z.string() });
    const second = defineConfig({ groups: { g: defineGroup({ ...options, schema, schemaVersion: 2 }) } });
    const read = createFeatureReader(second, await written()).get("g", { id: 1 });
    await expect(read).rejects.toMatchObject({ code: "INCOMPATIBLE_RECORD" });
    await expect(read).rejects.toThrow(/schema version 1 does not satisfy version 2 of group "g": "a" is 1/);
  });
});

describe("explain", () => {
  test("asks the core for the encoded key", async () => {
    const { reader } = await setUp();
    expect(await reader.explain("routes", SEA_SFO)).toMatchObject({ key: "routes#SEA#SFO" });
    await expect(reader.explain("routes", { origin: "", destination: "" })).rejects.toThrow(FeatureGroupError);
  });
});

describe("types", () => {
  test("features and keys are typed by the group", async () => {
    const { reader } = await setUp();
    const route = await reader.get("routes", SEA_SFO);
    expectTypeOf(route).toEqualTypeOf<FeatureRecord<{ readonly delay: number; readonly distance: number }> | null>();
    const airport = await reader.get("airports", { iata: "SEA" });
    expectTypeOf(airport?.features.name).toEqualTypeOf<string | undefined>();
    expectTypeOf(airport?.features.runways).toEqualTypeOf<number | undefined>();
    // @ts-expect-error -- the destination is missing
    await expect(reader.get("routes", { origin: "SEA" })).rejects.toThrow(FeatureGroupError);
    // @ts-expect-error -- the group has no such field
    await reader.get("routes", { ...SEA_SFO, airline: "AS" });
    // @ts-expect-error -- no such group
    await expect(reader.get("flights", SEA_SFO)).rejects.toThrow(FeatureGroupError);
    await reader.get("departures", { ...SEA_SFO, date: new Date(0) });
  });

  test("results of several groups are typed each by its own", async () => {
    const { reader } = await setUp();
    const [route, airport] = await reader.getMany([
      { group: "routes", key: SEA_SFO },
      { group: "airports", key: { iata: "SEA" } },
    ]);
    expectTypeOf(route).toEqualTypeOf<FeatureResult<{ readonly delay: number; readonly distance: number }>>();
    if (airport.kind === "found") expectTypeOf(airport.record.features.name).toEqualTypeOf<string>();
  });

  test("a configuration known only at run time gives untyped features", async () => {
    const { core } = await setUp();
    const reader = createFeatureReader(config as FeatureConfig, core);
    const record = await reader.get("routes", SEA_SFO);
    expectTypeOf(record).toEqualTypeOf<FeatureRecord<Readonly<Record<string, unknown>>> | null>();
    expectTypeOf(record?.version).toEqualTypeOf<Version | undefined>();
  });

  test("the core's reader is a CoreReader", () => {
    expectTypeOf<Reader>().toExtend<CoreReader>();
  });
});
