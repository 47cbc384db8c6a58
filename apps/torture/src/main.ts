#!/usr/bin/env node
/**
 * `npm run torture`: exit code 0 when every check holds, 1 when one does not, 2
 * for wrong arguments, 130 when it was interrupted.
 */
import { Command, InvalidArgumentError, Option } from "commander";
import { runTorture } from "./run-torture.ts";
import type { TortureOptions } from "./torture-options.ts";
import { problemsOf, reportText } from "./torture-report.ts";

interface Flags {
  readonly minutes: number;
  readonly seed: number;
  readonly history?: string;
  readonly engine?: "redis" | "valkey";
  readonly faults: (typeof FAULT_SETS)[number];
  readonly topology: "single" | "replicated" | "cluster";
  readonly timeline?: string;
  readonly secured: boolean;
  readonly json: boolean;
}

const FAULT_SETS = ["all", "cache-loss", "cache-loss-alone", "clock-steps", "edges"] as const;
/** In a run of this length every kind of fault has had its turn. */
const MINUTES_FOR_EVERY_FAULT = 5;
const EXIT_PROBLEM = 1;
const EXIT_INTERRUPTED = 130;

/** Lanes and readers would outlive a run that ends without ending them. */
const interruption = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => interruption.abort(new Error(`interrupted by ${signal}`)));
}

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

await new Command("torture")
  .description("three lanes and their readers as real processes on real servers under faults; every history is checked")
  .option("--minutes <n>", "of load and faults", toNumber, 10)
  .option("--seed <n>", "of load and faults; what the servers do with them is not repeated exactly", toNumber, 1)
  .option("--history <file>", "where the merged history stays (default: .trilane/torture-<seed>.ndjson)")
  .addOption(
    new Option("--engine <name>", "of the cache; default: Valkey where it can be had").choices(["redis", "valkey"]),
  )
  .addOption(
    new Option(
      "--faults <set>",
      "all: of links, processes, servers and clocks; cache-loss: lose the cache again and again, among faults of links, processes and clocks; cache-loss-alone: nothing else; clock-steps: of clocks and processes, while the cache is switched off and on by hand; edges: all, and what topics, files, jobs and operators do at the edges",
    )
      .choices(FAULT_SETS)
      .default("all"),
  )
  .addOption(
    new Option("--topology <name>", "of the cache that is lost")
      .choices(["single", "replicated", "cluster"])
      .default("single"),
  )
  .option("--timeline <file>", "a picture (SVG) of a failover, or else of another loss of the cache")
  .option(
    "--secured",
    "on servers with TLS and logins, each process with the rights of docs/rights.md alone; with --faults all",
    false,
  )
  .option("--json", "the report as JSON", false)
  .action(async ({ minutes, seed, history, engine, faults, topology, timeline, secured, json }: Flags) => {
    if (secured && faults !== "all") throw new InvalidArgumentError("--secured goes with --faults all");
    const report = await runTorture({
      minutes,
      seed,
      history: history ?? `.trilane/torture-${seed}.ndjson`,
      ...(engine === undefined ? {} : { engine }),
      ...(timeline === undefined ? {} : { timeline }),
      ...faultOptionsOf(faults, topology),
      secured,
      say,
      signal: interruption.signal,
    });
    const problems = problemsOf(report, { expectsEveryFault: minutes >= MINUTES_FOR_EVERY_FAULT });
    process.stdout.write(json ? `${JSON.stringify({ ...report, problems })}\n` : reportText(report, problems));
    if (problems.length > 0) process.exitCode = EXIT_PROBLEM;
  })
  .parseAsync()
  .catch((error: unknown) => {
    if (!interruption.signal.aborted) throw error;
    say((interruption.signal.reason as Error).message);
    process.exitCode = EXIT_INTERRUPTED;
  });

function faultOptionsOf(
  faults: Flags["faults"],
  topology: Flags["topology"],
): Pick<TortureOptions, "cacheLoss" | "alone" | "edges"> {
  switch (faults) {
    case "all":
      return {};
    case "cache-loss":
      return { cacheLoss: topology };
    case "cache-loss-alone":
      return { cacheLoss: topology, alone: "cache-loss" };
    case "clock-steps":
      return { alone: "clock-steps" };
    case "edges":
      return { edges: true };
  }
}

function toNumber(text: string): number {
  const number = Number(text);
  if (Number.isFinite(number) && number > 0) return number;
  throw new InvalidArgumentError("not a number above 0");
}
