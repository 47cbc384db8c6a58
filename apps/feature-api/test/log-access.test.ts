/** The access log of the API: one line for each request, and nothing of what was asked for or answered. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeToken, tokenDigest, writeAccessTo } from "@trilane/lane-kit";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { type ApiFixture, FLIGHT, openApi } from "./api-fixture.ts";

const TOKEN = makeToken();
const ORIGIN = "0R1G1N-M4RKER";
/** So many digits that no time, duration or number of a process has them by chance. */
const DISTANCE = 8_316_407_295_153;
const folder = mkdtempSync(join(tmpdir(), "trilane-access-log-"));
const lines: string[] = [];
const answers: string[] = [];
let fixture: ApiFixture;
let url: string;

beforeAll(async () => {
  const accessFile = join(folder, "access.json");
  const tokens = [tokenDigest(TOKEN).toString("hex")];
  writeFileSync(accessFile, JSON.stringify({ clients: [{ name: "ranking", tokens, rights: { routes: ["read"] } }] }));
  const writeAccess = writeAccessTo({ write: (line) => void lines.push(line) }, "feature-api");
  fixture = await openApi({ settings: { host: "127.0.0.1", accessFile }, writeAccess });
  await fixture.writer.write("routes", [{ ...FLIGHT, origin: ORIGIN, distance: DISTANCE }], { lane: "stream" });
  url = await fixture.api.listen({ port: 0 });
});
afterAll(async () => {
  await fixture.api.close();
  rmSync(folder, { recursive: true });
});

async function lineOf(path: string, token: string, body?: object): Promise<Readonly<Record<string, unknown>>> {
  const before = lines.length;
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const more = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const response = await fetch(`${url}${path}`, { headers, ...more });
  answers.push(await response.text());
  await vi.waitUntil(() => lines.length > before);
  const line = JSON.parse(lines.at(-1) ?? "") as Readonly<Record<string, unknown>>;
  expect(line["request"]).toBe(response.headers.get("x-request-id"));
  return line;
}

const key = { origin: ORIGIN, destination: "SFO" };
const one = `/v1/features/routes?origin=${ORIGIN}&destination=SFO`;

it("names client, verb, groups, number of keys, status, time and id of every request", async () => {
  const read = await lineOf(one, TOKEN);
  expect(read).toEqual({
    level: 30,
    time: expect.any(Number),
    name: "feature-api",
    client: "ranking",
    verb: "read",
    groups: ["routes"],
    keys: 1,
    status: 200,
    durationMs: expect.any(Number),
    request: expect.stringMatching(/^[0-9a-f]{12}-[0-9a-z]+$/),
    msg: "access",
  });
  const keys = [key, key, key];
  expect(await lineOf("/v1/features/routes/batch", TOKEN, { keys })).toMatchObject({ keys: 3, status: 200 });
  expect(await lineOf("/v1/vectors", TOKEN, { groups: ["routes"], key })).toMatchObject({ keys: 1, status: 200 });
});

it("has the requests that are refused as well, with the groups that exist alone", async () => {
  expect(await lineOf(`/v1/features/hubs?origin=${ORIGIN}`, TOKEN)).toMatchObject({
    client: "ranking",
    groups: ["hubs"],
    status: 403,
  });
  expect(await lineOf(one, makeToken())).toMatchObject({ client: null, groups: [], keys: 0, status: 401 });
  expect(await lineOf(`/v1/features/${ORIGIN}`, TOKEN)).toMatchObject({ groups: [], status: 404 });
  const vector = { groups: ["routes", "hubs"], key };
  expect(await lineOf("/v1/vectors", TOKEN, vector)).toMatchObject({ groups: ["routes", "hubs"], status: 403 });
  expect(await lineOf(`/${ORIGIN}`, TOKEN)).toMatchObject({ client: null, groups: [], status: 404 });
});

it("has no key, no value and no token", () => {
  expect(lines.length).toBeGreaterThan(7);
  expect(answers.join("")).toContain(String(DISTANCE));
  for (const secret of [ORIGIN, "SFO", TOKEN, tokenDigest(TOKEN).toString("hex"), String(DISTANCE)]) {
    expect(lines.join("")).not.toContain(secret);
  }
});
