/** Clients with names: what each may read, what it is told, and tokens that are renewed under the API. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeToken, SettingsError, tokenDigest } from "@trilane/lane-kit";
import { afterAll, afterEach, beforeEach, expect, it } from "vitest";
import { type ApiFixture, FLIGHT, openApi } from "./api-fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "trilane-api-access-"));
const accessFile = join(folder, "access.json");
afterAll(() => rmSync(folder, { recursive: true }));

const RANKING = makeToken();
const REPORTS = makeToken();
const LOADER = makeToken();
const ROUTE = "/v1/features/routes?origin=SEA&destination=SFO";
const HUB = "/v1/features/hubs?origin=SEA";

function writeClients(tokensOfRanking: readonly string[]): void {
  const client = (name: string, tokens: readonly string[], rights: object): object => ({
    name,
    tokens: tokens.map((token) => tokenDigest(token).toString("hex")),
    rights,
  });
  const clients = [
    client("ranking", tokensOfRanking, { routes: ["read"] }),
    client("reports", [REPORTS], { "*": ["read"] }),
    client("loader", [LOADER], { "*": ["put", "delete", "erase", "redrive"] }),
  ];
  writeFileSync(accessFile, JSON.stringify({ clients }));
}

let fixture: ApiFixture;
beforeEach(async () => {
  writeClients([RANKING]);
  fixture = await openApi({ settings: { host: "0.0.0.0", accessFile } });
  await fixture.writer.write("routes", [FLIGHT], { lane: "stream" });
});
afterEach(() => fixture.api.close());

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly text: string;
}

async function ask(token: string | null, url: string, payload?: object): Promise<Answer> {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  const more = payload === undefined ? {} : ({ method: "POST", payload } as const);
  const response = await fixture.api.inject({ url, headers, ...more });
  return { status: response.statusCode, body: response.json(), text: response.body };
}

const KEY = { origin: "SEA", destination: "SFO" };

it("reads the groups of its rights, one by one, in batches and explained", async () => {
  expect((await ask(RANKING, ROUTE)).status).toBe(200);
  expect((await ask(RANKING, `${ROUTE}&explain=true`)).status).toBe(200);
  expect((await ask(RANKING, "/v1/features/routes/batch", { keys: [KEY] })).status).toBe(200);
  expect((await ask(RANKING, "/v1/vectors", { groups: ["routes"], key: KEY })).status).toBe(200);
});

it.each([
  ["one record", HUB, undefined],
  ["an explanation", `${HUB}&explain=true`, undefined],
  ["a batch", "/v1/features/hubs/batch", { keys: [{ origin: "SEA" }] }],
  ["a vector with one group among others", "/v1/vectors", { groups: ["routes", "hubs"], key: KEY }],
])("is refused %s of another group, by verb and group", async (_what, url, payload) => {
  const refused = await ask(RANKING, url, payload);
  expect(refused.status).toBe(403);
  expect(refused.body).toEqual({
    status: "refused",
    code: "NOT_ALLOWED",
    message: expect.stringContaining('the client "ranking" may not read "hubs"'),
  });
  expect((await ask(REPORTS, url, payload)).status).not.toBe(403);
});

it("is refused every read without that verb, whatever else it may do", async () => {
  for (const url of [ROUTE, HUB]) expect((await ask(LOADER, url)).status).toBe(403);
  expect((await ask(LOADER, "/v1/groups")).body).toEqual({ groups: [] });
});

it("is not known without a token, or with another one", async () => {
  for (const token of [null, makeToken(), `${RANKING}x`, tokenDigest(RANKING).toString("hex")]) {
    for (const url of [ROUTE, "/v1/groups", "/openapi.json", "/v1/features/none"]) {
      expect((await ask(token, url)).status).toBe(401);
    }
  }
});

it("lists, describes and names the groups that the client may read, and no others", async () => {
  for (const url of ["/v1/groups", "/openapi.json", "/v1/features/none"]) {
    expect((await ask(RANKING, url)).text).toContain("routes");
    expect((await ask(RANKING, url)).text).not.toContain("hubs");
    expect((await ask(REPORTS, url)).text).toContain("hubs");
  }
  const unknown = await ask(RANKING, "/v1/vectors", { groups: ["routes", "none"], key: KEY });
  expect([unknown.status, unknown.text.includes("hubs")]).toEqual([422, false]);
});

it("goes on while its token is renewed, and the old token ends with the file", async () => {
  const renewed = makeToken();
  const statuses = async (): Promise<readonly number[]> => {
    fixture.nowMs += 1_000;
    return [(await ask(RANKING, ROUTE)).status, (await ask(renewed, ROUTE)).status];
  };
  expect(await statuses()).toEqual([200, 401]);
  writeClients([RANKING, renewed]);
  expect(await statuses()).toEqual([200, 200]);
  writeClients([renewed]);
  expect(await statuses()).toEqual([401, 200]);
});

it("never has the file and a token of a setting at once", async () => {
  const settings = { host: "127.0.0.1", accessFile, apiToken: makeToken() };
  await expect(openApi({ settings })).rejects.toThrow(SettingsError);
  await expect(openApi({ settings })).rejects.toThrow(/TRILANE_ACCESS_FILE is set as well/);
});
