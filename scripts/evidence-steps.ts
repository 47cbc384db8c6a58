/**
 * The commands that `evidence.ts` runs, and how each command's figure is found
 * in its output.
 */

export interface EvidenceStep {
  readonly name: string;
  readonly shows: string;
  /** The arguments after `npm run`. */
  readonly command: readonly string[];
  /** The Markdown file that also keeps the whole output. */
  readonly keep?: string;
  /** Null where the output has no result, which means that the step has failed. */
  readonly result: (output: string) => string | null;
}

const TIMELINE = "docs/evidence/failover.svg";
const HISTORY = ".trilane/evidence-long.ndjson";

export function evidenceSteps(isQuick: boolean): readonly EvidenceStep[] {
  return [...modelSteps(isQuick), ...simulationSteps(isQuick), ...serverSteps(isQuick)];
}

function modelSteps(isQuick: boolean): readonly EvidenceStep[] {
  const quick = isQuick ? ["--quick"] : [];
  return [
    {
      name: "explore-worlds",
      shows: "every interleaving of bounded worlds, cache epochs among them",
      command: ["explore", "--", ...quick],
      keep: "docs/evidence/explore-worlds.md",
      result: match(/No violation found within these bounds: (.*)\./),
    },
    {
      name: "explore-mutants",
      shows: "each rule, taken away",
      command: ["explore", "--", "--mutants", ...quick],
      keep: "docs/evidence/explore-mutants.md",
      result: match(/(\d+ mutants, \d+ not as expected)\./),
    },
    {
      name: "checker-agreement",
      shows: "the checker against brute force",
      command: ["check-checker"],
      result: match(/The checker agrees with brute force on (.*)\./),
    },
  ];
}

function simulationSteps(isQuick: boolean): readonly EvidenceStep[] {
  const seeds = isQuick ? "300" : "10000";
  const operations = isQuick ? "100000" : "1000000";
  return [
    {
      name: "simulate-seeds",
      shows: "the real writer, reader and retry under simulated faults",
      command: ["simulate", "--", "--seeds", seeds, "--ops", "1000"],
      result: match(/^(\d+ seeds, .*)\.\nNo violation found/m),
    },
    {
      name: "simulate-replay",
      shows: "the same seed twice",
      command: ["simulate", "--", "--seed", "1", "--verify-replay"],
      result: match(/(bit-identical: .*)/),
    },
    {
      name: "simulate-long",
      shows: "one long run, its history kept",
      command: ["simulate", "--", "--seed", "1", "--seeds", "1", "--ops", operations, "--history", HISTORY],
      result: match(/^(1 seeds, .*)\.\nNo violation found/m),
    },
    {
      name: "checker-speed",
      shows: "that history, checked again",
      command: ["check-history", "--", HISTORY],
      result: match(/(linearizable: .*)/),
    },
  ];
}

function serverSteps(isQuick: boolean): readonly EvidenceStep[] {
  const minutes = isQuick ? "1" : "10";
  // The first failover comes after five seconds, and one of each kind within half a minute.
  const seconds = isQuick ? "9" : "30";
  return [
    {
      name: "lua-mutants",
      shows: "a bug in each Lua script, on real servers",
      command: ["lua-mutants"],
      keep: "docs/evidence/lua-mutants.md",
      result: luaResult,
    },
    {
      name: "compare",
      shows: "what people use instead, and this core",
      command: ["compare", "--", "--seconds", seconds, ...(isQuick ? [] : ["--svg", "docs/evidence/comparison.svg"])],
      result: comparisonResult,
    },
    ...(["1", "2"] as const).map((seed) =>
      torture({ name: `torture-${seed}`, shows: "whole lanes under faults", seed, minutes }),
    ),
    torture({
      name: "torture-erasures",
      shows: "whole lanes under faults, with what it says of erasures",
      seed: "14",
      minutes,
      words: ["history", "receipts", "reports", "lives", "equality", "erasures", "erased", "scan"],
    }),
    torture({
      name: "torture-edges",
      shows: "whole lanes with faults of topics, files, jobs and signals among them",
      seed: "3",
      minutes,
      more: ["--faults", "edges"],
    }),
    ...(["valkey", "redis"] as const).flatMap((engine) =>
      (["single", "replicated", "cluster"] as const).map((topology) =>
        torture({
          name: `torture-loss-${engine}-${topology}`,
          shows: `whole lanes while the cache is lost, ${engine}, ${topology}`,
          seed: "3",
          minutes,
          more: ["--faults", "cache-loss", "--topology", topology, "--engine", engine],
        }),
      ),
    ),
    ...(["single", "replicated", "cluster"] as const).map((topology) =>
      torture({
        name: `pauses-${topology}`,
        shows: `what the loss of the cache costs by itself, ${topology}`,
        seed: "1",
        minutes: isQuick ? "1" : "3",
        more: ["--faults", "cache-loss-alone", "--topology", topology, ...pictureOf(topology, isQuick)],
      }),
    ),
  ];
}

/** The arguments for the picture of a topology: the failover of a primary with a replica. */
function pictureOf(topology: string, isQuick: boolean): readonly string[] {
  return topology === "replicated" && !isQuick ? ["--timeline", TIMELINE] : [];
}

function torture(options: {
  readonly name: string;
  readonly shows: string;
  readonly seed: string;
  readonly minutes: string;
  readonly more?: readonly string[];
  /** The lines of the report that are kept. */
  readonly words?: readonly string[];
}): EvidenceStep {
  const { name, shows, seed, minutes, more = [] } = options;
  const words = options.words ?? ["history", "receipts", "equality", "lost", ...(more.length > 0 ? ["cache", "pauses"] : [])];
  const history = `.trilane/evidence-${name}.ndjson`;
  return {
    name,
    shows,
    command: ["torture", "--", "--minutes", minutes, "--seed", seed, "--history", history, ...more],
    result(output) {
      if (!/^all holds$/m.test(output)) return null;
      const lines = words.map((word) => new RegExp(`^ {2}${word} +(.*)$`, "m").exec(output)?.[1]);
      return lines.includes(undefined) ? null : lines.join("; ").replace(` (${history})`, "");
    },
  };
}

/** The result of each engine. */
function luaResult(output: string): string | null {
  const engines = [...output.matchAll(/^((?:redis|valkey) [\d.]+), \d+ sequences/gm)].map(([, engine]) => engine);
  const counts = [...output.matchAll(/^(\d+ bugs, \d+ caught by nothing)\.$/gm)].map(([, count]) => count);
  return counts.length === 0 ? null : counts.map((count, index) => `${engines[index]}: ${count}`).join("; ");
}

/** The wrong reads of each approach, from the table's three columns per million. */
function comparisonResult(output: string): string | null {
  const rows = [...output.matchAll(/^\| ([^|]+?) +\| +([\d,]+) +\|[^|]*\| +([\d,]+) +\|[^|]*\| +([\d,]+) +\|/gm)];
  if (rows.length === 0) return null;
  const texts = rows.map(
    ([, name, calm, faults, failovers]) =>
      `${name}: ${calm} without faults, ${faults} with, ${failovers} after failovers`,
  );
  return `wrong reads per million: ${texts.join("; ")}`;
}

function match(pattern: RegExp): EvidenceStep["result"] {
  return (output) => pattern.exec(output)?.[1] ?? null;
}
