import { NO_PLACE, parseVersion } from "@trilane/write-through";
import { describe, expect, test } from "vitest";
import { parseDelete, parseRecord, TOMBSTONE_CONTENT_HASH } from "../src/index.ts";
import {
  airports,
  context,
  departures,
  flight,
  FLIGHT_TIME_US,
  NOW_MS,
  passengers,
  recordOf,
  routes,
} from "./fixtures.ts";

const entity = { origin: "SEA", destination: "SFO" };

describe("parseDelete", () => {
  test("makes a tombstone at the event time that is given", () => {
    const record = recordOf(parseDelete(routes, { ...entity, date: "2001-01-31T08:05:00Z" }, context("stream")));
    expect(record).toMatchObject({
      key: "routes#SEA#SFO",
      payload: null,
      expiresAtMs: FLIGHT_TIME_US / 1_000 + routes.tombstoneTtlMs,
      populate: "always",
    });
    expect(parseVersion(record.version)).toEqual({
      eventTimeUs: FLIGHT_TIME_US,
      sequence: 0n,
      lane: "stream",
      place: NO_PLACE,
      schemaVersion: 1,
      contentHash: TOMBSTONE_CONTENT_HASH,
    });
  });

  test("without a time, on demand means now", () => {
    const record = recordOf(parseDelete(routes, entity, context("on-demand")));
    expect(parseVersion(record.version).eventTimeUs).toBe(NOW_MS * 1_000);
  });

  test("the source's time comes before now, so that a retried job says the same", () => {
    const record = recordOf(parseDelete(routes, entity, context("on-demand", { sourceTimeUs: 7_000 })));
    expect(parseVersion(record.version).eventTimeUs).toBe(7_000);
  });

  test.each(["stream", "batch"] as const)("without any time, the %s lane may not say now", (lane) => {
    expect(parseDelete(routes, entity, context(lane))).toMatchObject({ kind: "dead", reason: "missing-event-time" });
  });

  test("groups timed by their source delete by the source's time", () => {
    const record = recordOf(parseDelete(airports, { iata: "SEA" }, context("batch", { sourceTimeUs: 7_000 })));
    expect(parseVersion(record.version).eventTimeUs).toBe(7_000);
  });

  test("beats a put of the same event time, sequence and lane", () => {
    for (let delay = 0; delay < 200; delay += 1) {
      const put = recordOf(parseRecord(departures, { ...flight, delay }, context("on-demand")));
      const tombstone = recordOf(parseDelete(departures, flight, context("on-demand")));
      expect(tombstone.key).toBe(put.key);
      expect(tombstone.version > put.version).toBe(true);
    }
  });

  test("never expires before an older record of its entity", () => {
    const put = recordOf(parseRecord(routes, flight, context()));
    const tombstone = recordOf(parseDelete(routes, flight, context()));
    expect(tombstone.expiresAtMs).toBeGreaterThanOrEqual(put.expiresAtMs);
  });

  test("names no subject, needs none, and needs a sequence only with a time of its own", () => {
    const now = recordOf(parseDelete(passengers, { passenger: "p-1" }, context("on-demand")));
    expect(now).not.toHaveProperty("subject");
    const timed = { passenger: "p-1", at: NOW_MS };
    expect(parseDelete(passengers, timed, context())).toMatchObject({ reason: "invalid-sequence" });
    const record = recordOf(parseDelete(passengers, { ...timed, sequence: 9n }, context()));
    expect(parseVersion(record.version).sequence).toBe(9n);
  });

  test("is expired when it need not be remembered any more", () => {
    const input = { passenger: "p-1", at: NOW_MS - passengers.tombstoneTtlMs, sequence: 1 };
    expect(parseDelete(passengers, input, context())).toMatchObject({ kind: "expired", key: "passengers#p-1" });
  });

  test.each<[string, unknown]>([
    ["not-an-object", 7],
    ["missing-key-field", { origin: "SEA" }],
    ["invalid-event-time", { ...entity, date: "2001-02-30" }],
    ["event-time-in-future", { ...entity, date: "2199-01-01" }],
  ])("%s: %o", (reason, input) => {
    expect(parseDelete(routes, input, context("on-demand"))).toMatchObject({ kind: "dead", reason });
  });
});
