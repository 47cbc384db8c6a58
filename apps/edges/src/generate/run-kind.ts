/**
 * Runs one kind and measures its cost: the largest memory of the process, and
 * the longest time for which its event loop stood still while the product
 * worked.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { EdgeKind, KindOutcome, RunOptions } from "./kind.ts";
import { longestDelayMs, resetDelay } from "./product-work.ts";

export interface KindReport {
  readonly name: string;
  readonly seed: number;
  readonly cases: number;
  /** Null where every case had the right result. */
  readonly finding: { readonly problem: string; readonly file: string } | null;
  readonly durationMs: number;
  readonly rssMiBMax: number;
  readonly eventLoopDelayMsMax: number;
}

const KIB_PER_MIB = 1_024;

export async function runKind(
  kind: EdgeKind,
  { folder, ...options }: RunOptions & { readonly folder: string },
): Promise<KindReport> {
  resetDelay();
  const beganMs = performance.now();
  const outcome = await kind.run(options);
  return {
    name: kind.name,
    seed: options.seed,
    cases: outcome.cases,
    finding: await keptFinding(outcome, join(folder, `${kind.name}-${options.seed}`)),
    durationMs: Math.round(performance.now() - beganMs),
    rssMiBMax: Math.round(process.resourceUsage().maxRSS / KIB_PER_MIB),
    eventLoopDelayMsMax: longestDelayMs(),
  };
}

async function keptFinding(outcome: KindOutcome, path: string): Promise<KindReport["finding"]> {
  if (outcome.kind === "held") return null;
  const file = `${path}.${outcome.file.extension}`;
  await mkdir(join(file, ".."), { recursive: true });
  await writeFile(file, outcome.file.bytes);
  return { problem: outcome.problem, file };
}
