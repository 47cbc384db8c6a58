/** Who may have which job done: signatures, ages and rights, with the closed code of each refusal. */
import { type Client, clientOfEveryGroup, type Verb } from "@trilane/lane-kit";
import { expect, it } from "vitest";
import { parseJob } from "../src/decode.ts";
import { checkRights, checkSignature, type JobSignatures, sealAgain, type SentJob } from "../src/job-signatures.ts";
import { isSignedBy, seal } from "../src/sealed-payload.ts";

const NOW_MS = 1_795_705_200_123;
const HOUR_MS = 3_600_000;
const KEY = "a key of the client checkout, for tests";
const checkout = clientOfEveryGroup("checkout", ["delete"]);
const keys = (client: string): readonly string[] => (client === "checkout" || client === "gone" ? [KEY] : []);
const access = { identify: () => null, named: (name: string) => (name === "checkout" ? checkout : null) };
const required: JobSignatures = { known: { keys, access }, isRequired: true, ageMaxMs: 24 * HOUR_MS };
const text = '{"group":"routes","keys":[{}]}';

function signed(
  more: Partial<SentJob & { readonly client: string; readonly atMs: number; readonly key: string }>,
): SentJob {
  const { client = "checkout", name = "delete", id = "j-1", atMs = NOW_MS, key = KEY } = more;
  return { name, id, sentMs: atMs, sealed: seal({ client, name, id, atMs, text }, key), ...more };
}

const check = (job: SentJob, rules: JobSignatures = required): Client | null =>
  checkSignature(job, rules, () => NOW_MS);

function codeOf(run: () => unknown): unknown {
  try {
    run();
    return null;
  } catch (error) {
    return (error as { readonly code?: unknown }).code;
  }
}

it("gives the client of a signed job", () => {
  expect(check(signed({}))).toBe(checkout);
  expect(check(signed({ atMs: NOW_MS - 24 * HOUR_MS }))).toBe(checkout);
  expect(check(signed({ atMs: NOW_MS + 60_000 }))).toBe(checkout);
});

it.each([
  ["JOB_NOT_SIGNED", { ...signed({}), sealed: null }],
  ["SIGNATURE_WRONG", signed({ key: "a key of somebody else, for the tests" })],
  ["SIGNATURE_WRONG", signed({ client: "nobody" })],
  ["SIGNATURE_WRONG", { ...signed({}), id: "j-2" }],
  ["SIGNATURE_WRONG", { ...signed({}), name: "put" }],
  ["SIGNATURE_WRONG", { ...signed({}), sentMs: NOW_MS + 1 }],
  ["SIGNATURE_WRONG", signed({ atMs: NOW_MS + HOUR_MS })],
  ["SIGNATURE_EXPIRED", signed({ atMs: NOW_MS - 24 * HOUR_MS - 1 })],
  ["CLIENT_NOT_ALLOWED", signed({ client: "gone" })],
] as const)("refuses with %s: %j", (code, job) => {
  expect(codeOf(() => check(job))).toBe(code);
});

it("takes a refresh that the library gave a new time, because it waited for another one", () => {
  expect(check({ ...signed({ name: "refresh" }), sentMs: NOW_MS + HOUR_MS })).toBe(checkout);
});

it("runs jobs without a signature where none is required, and checks those with one wherever it knows keys", () => {
  const optional = { ...required, isRequired: false };
  expect(check({ ...signed({}), sealed: null }, optional)).toBeNull();
  expect(codeOf(() => check({ ...signed({}), id: "j-2" }, optional))).toBe("SIGNATURE_WRONG");
  expect(check({ ...signed({}), id: "j-2" }, { known: null, isRequired: false, ageMaxMs: 1 })).toBeNull();
});

const put = parseJob("put", { group: "routes", records: [{}] });
const remove = parseJob("delete", { group: "routes", keys: [{}] });
const refresh = parseJob("refresh", { group: "routes", key: {} });
const load = parseJob("load", { group: "routes", source: "s3://flights/" });
const erase = parseJob("erase", { subjects: ["P-1"] });

it.each([
  ["put", { routes: ["put"] }, put, true],
  ["put", { routes: ["delete"], airports: ["put"] }, put, false],
  ["delete", { routes: ["delete"] }, remove, true],
  ["delete", { routes: ["put"] }, remove, false],
  ["refresh", { routes: ["put"] }, refresh, true],
  ["refresh", { routes: ["read"] }, refresh, false],
  ["load", { routes: ["put"] }, load, true],
  ["load", { airports: ["put"] }, load, false],
  ["erase", { bookings: ["erase"], members: ["erase"] }, erase, true],
  ["erase", { bookings: ["erase"] }, erase, false],
  ["erase", { "*": ["erase"] }, erase, true],
  ["erase", { "*": ["put", "delete"] }, erase, false],
] as const)("a job %s with the rights %j", (_name, rights, job, isAllowed) => {
  const entries: readonly (readonly [string, readonly Verb[]])[] = Object.entries(rights);
  const client = { name: "checkout", rights: new Map(entries.map(([group, verbs]) => [group, new Set(verbs)])) };
  const code = codeOf(() => checkRights(client, job, () => ["bookings", "members"]));
  expect(code).toBe(isAllowed ? null : "CLIENT_NOT_ALLOWED");
  expect(codeOf(() => checkRights(null, job, () => ["bookings"]))).toBeNull();
});

it("signs a job anew whose payload lost an erased person, where its signature was right, and no other job", () => {
  const job = signed({});
  const shorter = '{"group":"routes","keys":[]}';
  const again = sealAgain(job, shorter, keys);
  expect(again?.payload).toBe(shorter);
  expect(again !== null && isSignedBy(again, job, [KEY])).toBe(true);
  for (const [each, known] of [
    [{ ...job, id: "j-2" }, keys],
    [job, null],
    [job, () => []],
  ] as const) {
    const kept = sealAgain(each, shorter, known);
    expect(kept !== null && isSignedBy(kept, each, [KEY])).toBe(false);
  }
  expect(sealAgain({ ...job, sealed: null }, shorter, keys)).toBeNull();
});
