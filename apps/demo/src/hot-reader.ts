/**
 * A process that reads hot routes over HTTP all the time and watches their
 * versions, none of which may ever go backwards. Ends on SIGTERM with one line
 * of JSON.
 *
 *   node apps/demo/src/hot-reader.ts http://127.0.0.1:PORT '[{"origin":"SEA",...},...]'
 */
import { setTimeout as delay } from "node:timers/promises";
import { readBatch, versionOf } from "./api-reads.ts";
import type { RouteKey } from "./flight.ts";

export interface HotReaderReport {
  readonly requests: number;
  readonly reads: number;
  readonly fromCache: number;
  readonly failedRequests: number;
  /** Sentences about versions that went backwards. */
  readonly backwards: readonly string[];
}

const PAUSE_MS = 5;
const BACKWARDS_KEPT_MAX = 20;

const [api = "", keysText = "[]"] = process.argv.slice(2);
const keys = JSON.parse(keysText) as RouteKey[];
let isStopping = false;
process.on("SIGTERM", () => {
  isStopping = true;
});
process.stdout.write(`${JSON.stringify(await readUntilStopped())}\n`);

async function readUntilStopped(): Promise<HotReaderReport> {
  const last = new Map<string, string>();
  const backwards: string[] = [];
  let requests = 0;
  let reads = 0;
  let fromCache = 0;
  let failedRequests = 0;
  while (!isStopping) {
    requests += 1;
    const answers = await readBatch(api, "routes", keys).catch(() => null);
    if (answers === null) {
      failedRequests += 1;
      await delay(PAUSE_MS);
      continue;
    }
    answers.forEach((answer, index) => {
      const name = JSON.stringify(keys[index]);
      const version = versionOf(answer);
      if (version === null) return;
      reads += 1;
      if (answer.source === "cache") fromCache += 1;
      const before = last.get(name) ?? "";
      if (version < before && backwards.length < BACKWARDS_KEPT_MAX) backwards.push(`${name}: ${before} -> ${version}`);
      last.set(name, version);
    });
    await delay(PAUSE_MS);
  }
  return { requests, reads, fromCache, failedRequests, backwards };
}
