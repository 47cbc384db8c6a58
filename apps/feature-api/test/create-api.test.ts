import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ApiFixture, FLIGHT, NOW_MS, openApi } from "./api-fixture.ts";

let fixture: ApiFixture;

beforeEach(async () => {
  fixture = await openApi();
  await fixture.writer.write("routes", [FLIGHT], { lane: "stream" });
});

afterEach(() => fixture.api.close());

const SEA_SFO = "/v1/features/routes?origin=SEA&destination=SFO";
const KEY = { origin: "SEA", destination: "SFO" };

describe("the routes", () => {
  it("erase, put and delete nothing, whatever the method", async () => {
    for (const method of ["POST", "PUT", "PATCH", "DELETE"] as const) {
      for (const url of ["/erasures", "/v1/erasures", "/v1/features/routes", SEA_SFO]) {
        const { statusCode } = await fixture.api.inject({ method, url, payload: { subjects: ["P-1"] } });
        expect(statusCode, `${method} ${url}`).toBe(404);
      }
    }
    expect((await fixture.api.inject(SEA_SFO)).statusCode).toBe(200);
  });
});

describe("a single read", () => {
  it("answers features, version, event time to the microsecond, age and source", async () => {
    const response = await fixture.api.inject(SEA_SFO);
    expect(response.statusCode).toBe(200);
    expect(response.headers["cache-control"]).toBe("no-store");
    expect(response.json()).toEqual({
      group: "routes",
      key: KEY,
      status: "found",
      features: { delay: -3, distance: 679 },
      version: expect.stringMatching(/^0993945599123456[0-9a-f]{81}$/),
      eventTime: "2001-06-30T23:59:59.123456Z",
      ageMs: 876,
      expiresAt: expect.stringMatching(/^2101-/),
      source: "cache",
    });
  });

  it("shows cache and store side by side when asked to", async () => {
    const { explanation } = (await fixture.api.inject(`${SEA_SFO}&explain=true`)).json();
    expect(explanation).toMatchObject({ verdict: "agree", epoch: 1, mode: "on" });
    expect(explanation.cache).toEqual(explanation.store);
    expect(explanation.store).toMatchObject({ state: "record", eventTime: "2001-06-30T23:59:59.123456Z", ageMs: 876 });
    const refused = await fixture.api.inject(`${SEA_SFO}&explain=maybe`);
    expect([refused.statusCode, refused.json().code]).toEqual([422, "INVALID_REQUEST"]);
  });

  it("says why there is no record", async () => {
    const never = await fixture.api.inject("/v1/features/routes?origin=SEA&destination=XXX");
    expect(never.statusCode).toBe(404);
    expect(never.json()).toMatchObject({ status: "absent", reason: "not-written", version: null, eventTime: null });

    await fixture.writer.delete("routes", [{ ...KEY, date: "2001-06-30T23:59:59.5Z" }], { lane: "on-demand" });
    const deleted = await fixture.api.inject(`${SEA_SFO}&explain=true`);
    expect(deleted.statusCode).toBe(404);
    expect(deleted.json()).toMatchObject({ reason: "deleted", eventTime: "2001-06-30T23:59:59.500Z" });
    expect(deleted.json().explanation).toMatchObject({ verdict: "agree", store: { state: "deleted" } });

    await fixture.writer.write("hubs", [{ origin: "SEA", at: NOW_MS, counter: 1 }], { lane: "stream" });
    fixture.nowMs += 2 * 86_400_000;
    const expired = await fixture.api.inject("/v1/features/hubs?origin=SEA");
    expect(expired.statusCode).toBe(404);
    expect(expired.json()).toMatchObject({ reason: "expired", eventTime: "2001-07-01T00:00:00Z" });
  });

  it.each([
    [
      "/v1/features/flights?origin=SEA",
      404,
      "UNKNOWN_GROUP",
      'no feature group "flights": the configuration defines routes, hubs',
    ],
    ["/v1/features/constructor?origin=SEA", 404, "UNKNOWN_GROUP", 'no feature group "constructor"'],
    ["/v1/features/routes?origin=SEA", 422, "INVALID_KEY", "missing key field destination"],
    ["/v1/features/routes?origin=SEA&destination=", 422, "INVALID_KEY", "is empty"],
    [`${SEA_SFO}&carrier=AA`, 422, "INVALID_KEY", 'unknown key field "carrier"'],
    [`${SEA_SFO}&origin=SEA`, 422, "INVALID_KEY", "an array of 2"],
    [`/v1/features/hubs?origin=${"x".repeat(3_000)}`, 422, "INVALID_KEY", "at most 2048 fit"],
    ["/v2/features", 404, "UNKNOWN_ROUTE", "no such route: GET /v2/features"],
  ])("refuses %s with %i %s", async (url, status, code, message) => {
    const response = await fixture.api.inject(url);
    expect(response.statusCode).toBe(status);
    expect(response.json()).toMatchObject({ status: "refused", code, message: expect.stringContaining(message) });
  });

  it("takes keys with separators, percent signs and emoji", async () => {
    const origin = "a#b/{%}\u{1F6EB} ü";
    await fixture.writer.write("routes", [{ ...FLIGHT, origin }], { lane: "stream" });
    const response = await fixture.api.inject({ url: "/v1/features/routes", query: { origin, destination: "SFO" } });
    expect(response.json()).toMatchObject({ status: "found", key: { origin, destination: "SFO" } });
  });

  it("writes safe integers as numbers, larger ones and bytes as text", async () => {
    const features = { seen: new Date(NOW_MS), bytes: new Uint8Array([1, 2, 255]), nested: [{ big: 2n ** 60n }] };
    await fixture.writer.write("hubs", [{ origin: "SEA", at: NOW_MS, counter: 7n, ...features }], { lane: "stream" });
    const first = await fixture.api.inject("/v1/features/hubs?origin=SEA");
    expect(first.json().features).toEqual({
      counter: 7,
      seen: "2001-07-01T00:00:00.000Z",
      bytes: "AQL/",
      nested: [{ big: "1152921504606846976" }],
    });
    const counter = 2n ** 53n + 1n;
    await fixture.writer.write("hubs", [{ origin: "SEA", at: NOW_MS + 1, counter }], { lane: "stream" });
    const second = await fixture.api.inject("/v1/features/hubs?origin=SEA");
    expect(second.json().features).toEqual({ counter: "9007199254740993" });
  });
});

describe("a failing cache or store", () => {
  it("answers 503 with the code and when to try again, never an older value", async () => {
    fixture.cache.evict("routes#SEA#SFO");
    fixture.storeFails = "STORE_THROTTLED";
    const response = await fixture.api.inject(SEA_SFO);
    expect(response.statusCode).toBe(503);
    expect(response.headers["retry-after"]).toBe("1");
    expect(response.json()).toMatchObject({ status: "failed", code: "STORE_THROTTLED", retryable: true });
    expect(response.json()).not.toHaveProperty("features");
  });

  it("answers from the store when the cache lost its data, and explains both sides", async () => {
    fixture.cache.flush();
    const explained = await fixture.api.inject(`${SEA_SFO}&explain=true`);
    expect(explained.statusCode).toBe(200);
    expect(explained.json()).toMatchObject({
      status: "found",
      source: "store",
      explanation: {
        verdict: "unknown",
        cache: { state: "failed", error: { code: "CACHE_LOST" } },
        store: { state: "record" },
      },
    });
    const payload = { keys: [KEY, { origin: "SEA" }] };
    const batch = await fixture.api.inject({ method: "POST", url: "/v1/features/routes/batch", payload });
    expect(batch.statusCode).toBe(200);
    expect(batch.json().results.map(({ status }: { status: string }) => status)).toEqual(["found", "refused"]);
  });
});

describe("a batch read", () => {
  const batch = (payload: string | object, group = "routes") =>
    fixture.api.inject({
      method: "POST",
      url: `/v1/features/${group}/batch`,
      headers: { "content-type": "application/json" },
      payload,
    });

  it("answers one result per key, in order", async () => {
    const keys = [
      { origin: "SEA" },
      KEY,
      { origin: "A", destination: "B" },
      KEY,
      "SEA",
      { origin: 1.5, destination: "B" },
    ];
    const response = await batch({ keys });
    expect(response.statusCode).toBe(200);
    const results: { status: string }[] = response.json().results;
    expect(results.map(({ status }) => status)).toEqual(["refused", "found", "absent", "found", "refused", "refused"]);
    expect(results[1]).toEqual(results[3]);
    expect(results[5]).toMatchObject({ message: expect.stringContaining("not an exact integer") });
  });

  it("answers the others when some fail", async () => {
    fixture.storeFails = "STORE_UNAVAILABLE";
    const response = await batch({ keys: [KEY, { origin: "A", destination: "B" }] });
    expect(response.statusCode).toBe(200);
    expect(response.json().results).toMatchObject([
      { status: "found" },
      { status: "failed", code: "STORE_UNAVAILABLE" },
    ]);
  });

  it.each([
    ["[]", 422, "INVALID_REQUEST", "the body is not an object"],
    ["{}", 422, "INVALID_REQUEST", '"keys" is not a list'],
    ['{"keys":[]}', 422, "INVALID_REQUEST", "at least one key"],
    ['{"keys":[{}],"group":"x"}', 422, "INVALID_REQUEST", 'unknown field "group"'],
    ['{"keys":', 400, "INVALID_REQUEST", "JSON"],
    ["", 400, "INVALID_REQUEST", "empty"],
    [JSON.stringify({ keys: new Array(1_001).fill(KEY) }), 422, "TOO_MANY_KEYS", "1001 keys, at most 1000"],
    [JSON.stringify({ keys: ["x".repeat(1_100_000)] }), 413, "BODY_TOO_LARGE", "several smaller requests"],
  ])("refuses the body %.40s with %i %s", async (body, status, code, message) => {
    const response = await batch(body);
    expect(response.statusCode).toBe(status);
    expect(response.json()).toMatchObject({ status: "refused", code, message: expect.stringContaining(message) });
  });

  it("refuses another content type and an unknown group", async () => {
    const headers = { "content-type": "text/csv" };
    const csv = await fixture.api.inject({ method: "POST", url: "/v1/features/routes/batch", headers, payload: "a,b" });
    expect(csv.statusCode).toBe(415);
    expect((await batch({ keys: [KEY] }, "flights")).statusCode).toBe(404);
  });
});

describe("a vector read", () => {
  const vector = (payload: object) => fixture.api.inject({ method: "POST", url: "/v1/vectors", payload });

  it("answers several groups for one entity, each by its own key fields", async () => {
    await fixture.writer.write("hubs", [{ origin: "SEA", at: NOW_MS, counter: 3 }], { lane: "stream" });
    const response = await vector({ groups: ["routes", "hubs"], key: KEY });
    expect(response.statusCode).toBe(200);
    expect(response.json().groups).toMatchObject({
      routes: { status: "found", key: KEY, features: { delay: -3 } },
      hubs: { status: "found", key: { origin: "SEA" }, features: { counter: 3 } },
    });
  });

  it("says which group lacks a key field", async () => {
    const response = await vector({ groups: ["routes", "hubs"], key: { origin: "SEA" } });
    expect(response.json().groups).toMatchObject({ routes: { status: "refused" }, hubs: { status: "absent" } });
  });

  it.each([
    [{ groups: ["flights"], key: KEY }, "UNKNOWN_GROUP", '"flights"'],
    [{ groups: ["routes", "routes"], key: KEY }, "INVALID_REQUEST", "twice"],
    [{ groups: "routes", key: KEY }, "INVALID_REQUEST", "list of group names"],
    [{ groups: ["hubs"], key: KEY }, "INVALID_KEY", 'unknown key field "destination"'],
    [{ groups: ["hubs"], key: [] }, "INVALID_REQUEST", '"key" is not an object'],
    [{ groups: new Array(33).fill("hubs"), key: KEY }, "TOO_MANY_KEYS", "at most 32"],
  ])("refuses %j with 422 %s", async (payload, code, message) => {
    const response = await vector(payload);
    expect(response.statusCode).toBe(422);
    expect(response.json()).toMatchObject({ code, message: expect.stringContaining(message) });
  });
});

describe("the description", () => {
  it("lists the groups with their key fields", async () => {
    const { groups } = (await fixture.api.inject("/v1/groups")).json();
    expect(groups[0]).toMatchObject({ name: "routes", key: ["origin", "destination"], eventTime: { field: "date" } });
  });

  it("is an OpenAPI document with each group's key fields and features", async () => {
    const document = (await fixture.api.inject("/openapi.json")).json();
    expect(document.openapi).toBe("3.1.0");
    expect(Object.keys(document.paths).toSorted()).toEqual([
      "/v1/features/hubs",
      "/v1/features/hubs/batch",
      "/v1/features/routes",
      "/v1/features/routes/batch",
      "/v1/groups",
      "/v1/vectors",
    ]);
    const { get } = document.paths["/v1/features/routes"];
    const parameters: { name: string; required?: boolean }[] = get.parameters;
    expect(parameters.filter(({ required }) => required).map(({ name }) => name)).toEqual(["origin", "destination"]);
    const { features } = get.responses["200"].content["application/json"].schema.properties;
    expect(features.properties).toEqual({ delay: {}, distance: { type: "number" } });
  });
});
