/**
 * Reads every route back and compares it with the oracle: once through the API,
 * which answers from the cache where it may, and once from the store itself.
 * Both answers must be the oracle's row, in the same version.
 */
import { decodePayload } from "@trilane/feature-groups";
import type { Platform } from "@trilane/lane-kit";
import { chunked, eventTimeUsOf, type Explanation, fullJitterMs } from "@trilane/write-through";
import pLimit from "p-limit";
import { readBatch, type RouteAnswer } from "./api-reads.ts";
import type { DemoData } from "./demo-data.ts";
import type { ExpectedRoute } from "./expected-routes.ts";
import type { RouteKey } from "./flight.ts";

export interface Verification {
  readonly routes: number;
  readonly deleted: number;
  readonly equalThroughApi: number;
  readonly equalInStore: number;
  readonly fromCache: number;
  /** The first few differences. */
  readonly differences: readonly string[];
}

const KEYS_PER_REQUEST = 100;
const EXPLAINED_AT_ONCE = 16;
const ATTEMPTS_MAX = 8;
const RETRY = { baseMs: 100, maxMs: 2_000 };
const DIFFERENCES_MAX = 10;

export async function verifyRoutes(api: string, platform: Platform, data: DemoData): Promise<Verification> {
  const expected = await data.expected();
  const answers = await readAll(api, data.routes);
  const limit = pLimit(EXPLAINED_AT_ONCE);
  const sides = await Promise.all(data.routes.map((route) => limit(() => explainRoute(platform, route))));
  const differences: string[] = [];
  let equalThroughApi = 0;
  let equalInStore = 0;
  data.routes.forEach((route, index) => {
    const name = nameOf(route);
    const answer = answers[index];
    const side = sides[index];
    const apiProblem = answer === undefined ? "no answer" : apiDifference(answer, expected.get(name));
    const storeProblem = side === undefined ? "no answer" : storeDifference(side, expected.get(name), answer);
    if (apiProblem === null) equalThroughApi += 1;
    else differences.push(`${name} through the API: ${apiProblem}`);
    if (storeProblem === null) equalInStore += 1;
    else differences.push(`${name} in the store: ${storeProblem}`);
  });
  return {
    routes: data.routes.length,
    deleted: data.routes.length - expected.size,
    equalThroughApi,
    equalInStore,
    fromCache: answers.filter(({ source }) => source === "cache").length,
    differences: differences.slice(0, DIFFERENCES_MAX),
  };
}

/** A side that does not answer in time says nothing about its record, so it is asked again. */
async function explainRoute(
  { reader, clock, random }: Platform,
  { origin, destination }: RouteKey,
): Promise<Explanation> {
  for (let attempt = 1; ; attempt += 1) {
    const explanation = await reader.explain("routes", { origin, destination });
    if (attempt === ATTEMPTS_MAX || !isUnanswered(explanation)) return explanation;
    await clock.sleep(fullJitterMs(RETRY, attempt, random));
  }
}

function isUnanswered({ cache, store }: Explanation): boolean {
  return [cache, store].some((side) => side.kind === "failed" && side.error.retryable);
}

/** Reads twice: the second pass should find in the cache what the first one read from the store. */
async function readAll(api: string, routes: readonly RouteKey[]): Promise<readonly RouteAnswer[]> {
  const pass = async (): Promise<readonly RouteAnswer[]> => {
    const answers: RouteAnswer[] = [];
    for (const some of chunked(routes, KEYS_PER_REQUEST)) answers.push(...(await readBatch(api, "routes", some)));
    return answers;
  };
  await pass();
  return pass();
}

/** Null when the two are equal. */
function apiDifference(answer: RouteAnswer, expected: ExpectedRoute | undefined): string | null {
  if (expected === undefined) return answer.status === "absent" ? null : `is ${answer.status}, should be deleted`;
  if (answer.status !== "found") return `is ${answer.status}`;
  const { delay, distance } = answer.features ?? {};
  const dateUs = Date.parse(answer.eventTime ?? "") * 1_000;
  return difference(dateUs, `${delay}/${distance}`, expected);
}

function storeDifference(
  { store, cache, verdict }: Explanation,
  expected: ExpectedRoute | undefined,
  answer: RouteAnswer | undefined,
): string | null {
  if (store.kind === "failed") return store.error.message;
  if (verdict !== "agree" && verdict !== "store-answers")
    return `cache and store: ${verdict} (${cache.kind === "failed" ? cache.error.message : cache.kind})`;
  const { version, body } = store.copy;
  if (expected === undefined) return body?.payload === null ? null : "holds a record, should hold a tombstone";
  if (body === null || body.payload === null) return "holds no record";
  if (answer?.version !== version) return `holds ${version}, the API answered ${answer?.version}`;
  const features = decodePayload(body.payload).features as { readonly delay: number; readonly distance: number };
  return difference(eventTimeUsOf(version), `${features.delay}/${features.distance}`, expected);
}

function difference(dateUs: number, features: string, expected: ExpectedRoute): string | null {
  if (dateUs !== expected.dateUs) return `has the event time ${dateUs}, should have ${expected.dateUs}`;
  return features === expected.features ? null : `has ${features}, should have ${expected.features}`;
}

function nameOf({ origin, destination }: RouteKey): string {
  return `${origin}-${destination}`;
}
