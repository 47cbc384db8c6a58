/**
 * Many large records at once: the memory of one request, and of all requests
 * together, is bounded.
 */
import type { FeatureReader } from "@trilane/feature-groups";
import { beforeAll, describe, expect, it } from "vitest";
import { type ApiFixture, NOW_MS, openApi } from "../api-fixture.ts";

const RECORD_BYTES = 280_000;
/** As JSON. */
const ANSWER_BYTES = Math.ceil((RECORD_BYTES * 4) / 3);
const KEYS = 1_000;
const REQUESTS = 220;
const ORIGINS = Array.from({ length: 20 }, (_, index) => `O${index}`);
const MIB = 1_048_576;

let fixture: ApiFixture;
let keysUnderWay = 0;
let keysMost = 0;
let keysRead = 0;

/** Counts the keys whose records are held by a read. */
function counting(reader: FeatureReader): FeatureReader {
  const held = async <Value>(keys: number, read: () => Promise<Value>): Promise<Value> => {
    keysUnderWay += keys;
    keysRead += keys;
    keysMost = Math.max(keysMost, keysUnderWay);
    const value = await read();
    // A store in another process would take a while too, and the other requests come meanwhile.
    await new Promise((resolve) => setImmediate(resolve));
    keysUnderWay -= keys;
    return value;
  };
  return {
    ...reader,
    getAsText: (request, textOf) => held(1, () => reader.getAsText(request, textOf)),
    getManyAsText: (requests, textOf) => held(requests.length, () => reader.getManyAsText(requests, textOf)),
  };
}

beforeAll(async () => {
  fixture = await openApi({ limits: { waitMs: 60_000 } }, counting);
  const records = ORIGINS.map((origin) => ({ origin, at: NOW_MS, counter: 1, bytes: new Uint8Array(RECORD_BYTES) }));
  await fixture.writer.writeMany(
    records.map((input) => ({ kind: "put", group: "hubs", input })),
    { lane: "stream" },
  );
  return () => fixture.api.close();
});

describe("large records", () => {
  it("of more keys than fit in one answer are refused with what to do, and few of them are read", async () => {
    keysRead = 0;
    const keys = Array.from({ length: KEYS }, (_, index) => ({ origin: ORIGINS[index % ORIGINS.length] }));
    const response = await fixture.api.inject({ method: "POST", url: "/v1/features/hubs/batch", payload: { keys } });
    expect(response.statusCode).toBe(413);
    expect(response.json()).toMatchObject({ code: "ANSWER_TOO_LARGE", message: expect.stringContaining("fewer keys") });
    expect(keysRead).toBeGreaterThan(0);
    expect(keysRead * ANSWER_BYTES).toBeLessThan(24 * MIB);
  });

  it("that are asked for by hundreds of requests at once are all answered, a few at a time", async () => {
    keysMost = 0;
    const responses = await Promise.all(
      Array.from({ length: REQUESTS }, async (_, index) => {
        const { statusCode } = await fixture.api.inject(`/v1/features/hubs?origin=${ORIGINS[index % ORIGINS.length]}`);
        return statusCode;
      }),
    );
    expect(new Set(responses)).toEqual(new Set([200]));
    expect(keysMost * ANSWER_BYTES).toBeLessThanOrEqual(64 * MIB);
  });

  it("do not hinder a batch of a thousand small ones", async () => {
    const keys = Array.from({ length: KEYS }, (_, index) => ({ origin: `X${index}`, destination: "SFO" }));
    const url = "/v1/features/routes/batch";
    const response = await fixture.api.inject({ method: "POST", url, payload: { keys } });
    expect(response.statusCode).toBe(200);
    expect(response.json().results).toHaveLength(KEYS);
  });
});
