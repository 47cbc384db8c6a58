/**
 * Reads as any service does over HTTP, again and again until SIGTERM, and
 * records the answers. Prints the number of reads and of failures.
 */
import { setTimeout as delay } from "node:timers/promises";
import { encodeKey, groupOf, plainSubjectDigests } from "@trilane/feature-groups";
import { seededRandom } from "@trilane/write-through/testing";
import { config, GROUP } from "../torture.config.ts";
import { pickReadIds } from "../workload/keys.ts";
import { openRecorder } from "./recorded-process.ts";

interface Answer {
  readonly status: "found" | "absent" | "refused" | "failed";
  readonly version?: string | null;
}

const LOOPS = 3;
const PAUSE_MS = 15;
const KEYS_MAX = 12;
const TIMEOUT_MS = 5_000;

const [api = "", seed = "1"] = process.argv.slice(2);
const recorder = openRecorder();
const random = seededRandom(Number(seed));
const counts: Record<string, number> = {};
let isStopping = false;
process.on("SIGTERM", () => {
  isStopping = true;
});
await Promise.all(Array.from({ length: LOOPS }, readUntilStopped));
recorder.flush();
process.stdout.write(`${JSON.stringify(counts)}\n`);

async function readUntilStopped(): Promise<void> {
  while (!isStopping) {
    const ids = pickReadIds(random, 1 + Math.floor(random() * KEYS_MAX));
    const invoke = recorder.nowNs();
    const answers = await ask(ids).catch(() => null);
    const returned = recorder.nowNs();
    if (answers === null) count("unanswered");
    else answers.forEach((answer, index) => record(ids[index] ?? "", answer, { invoke, return: returned }));
    await delay(PAUSE_MS * random());
  }
}

async function ask(ids: readonly string[]): Promise<readonly Answer[]> {
  const response = await fetch(`${api}/v1/features/${GROUP}/batch`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ keys: ids.map((id) => ({ id })) }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const { results = [] } = (await response.json()) as { readonly results?: readonly Answer[] };
  return results;
}

function record(id: string, { status, version }: Answer, times: { invoke: number; return: number }): void {
  count(status);
  if (status !== "found" && status !== "absent") return;
  const key = encodeKey(groupOf(config, GROUP), { id }, plainSubjectDigests);
  recorder.read({ key, version: version ?? null, found: status === "found", ...times });
}

function count(outcome: string): void {
  counts[outcome] = (counts[outcome] ?? 0) + 1;
}
