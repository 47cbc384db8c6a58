/**
 * `trilane doctor` reports what does not fit, with its remedy, before and after
 * the table is created.
 */
import { cacheConfig, type ServerHandle, startRedis } from "@trilane/servers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ownEnvironment, ownNames, trilane } from "../trilane-command.ts";

interface Finding {
  readonly subject: string;
  readonly state: string;
  readonly text: string;
}

let cache: ServerHandle;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  cache = await startRedis({ name: "cache", config: cacheConfig() });
  environment = ownEnvironment({ ...ownNames(), TRILANE_CACHE_URL: cache.url });
});
afterAll(() => cache.stop());

async function doctor(
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number | null; readonly findings: readonly Finding[] }> {
  const { code, stdout } = await trilane({ ...environment, ...more }, ["doctor", "--json", ...args]);
  const { findings } = JSON.parse(stdout) as { readonly findings: readonly Finding[] };
  return { code, findings };
}

function texts(findings: readonly Finding[], state: string): string {
  return findings
    .filter((finding) => finding.state === state)
    .map(({ subject, text }) => `${subject}: ${text}`)
    .join("\n");
}

it("asks for the table, and then finds all well", async () => {
  const before = await doctor(["--only", "store"]);
  expect(before.code).toBe(1);
  expect(texts(before.findings, "failure")).toMatch(/^store: there is no table "t-.*"; `trilane apply` makes it$/);
  expect((await trilane(environment, ["apply"])).code).toBe(0);
  const { code, findings } = await doctor([]);
  expect(texts(findings, "failure")).toBe("");
  expect(code).toBe(0);
  const subjects = findings.map(({ subject }) => subject);
  expect(new Set(subjects)).toEqual(new Set(["groups", "store", "cache", "queue", "kafka", "buckets"]));
  expect(texts(findings, "ok")).toMatch(/store: rights: dynamodb:GetItem, .*dynamodb:PartiQLInsert/);
});

it("names what is wrong with each server, and shows no password", async () => {
  const { code, findings } = await doctor(["--topic", "no-such-topic"], {
    TRILANE_CACHE_URL: "redis://app:S3cr3t@127.0.0.1:1",
    TRILANE_QUEUE_URL: cache.url,
  });
  expect(code).toBe(1);
  const failures = texts(findings, "failure");
  expect(failures).toMatch(/^cache: redis:\/\/127\.0\.0\.1:1 \(TRILANE_CACHE_URL\): .*ECONNREFUSED/m);
  expect(failures).toMatch(/^queue: .*maxmemory-policy is "volatile-lru"/m);
  expect(failures).toMatch(/^kafka: topic "no-such-topic": /m);
  expect(texts(findings, "warning")).toMatch(/^store: this process's cache is 127\.0\.0\.1:1/m);
  expect(JSON.stringify(findings)).not.toContain("S3cr3t");
});
