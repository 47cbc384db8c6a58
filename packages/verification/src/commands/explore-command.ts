/** `explore`: runs the named worlds, or the mutation table, and prints the findings. */
import { STATES_MAX_DEFAULT, type Exploration, type Progress } from "../engine/search.ts";
import { mutants } from "../models/single-epoch/mutants.ts";
import type { MutantResult } from "../models/mutant.ts";
import { runMutant } from "../models/single-epoch/run-mutant.ts";
import { mutants as epochMutants } from "../models/epochs/mutants.ts";
import { runMutant as runEpochMutant } from "../models/epochs/run-mutant.ts";
import { mutants as erasureMutants } from "../models/erasure/mutants.ts";
import { runMutant as runErasureMutant } from "../models/erasure/run-mutant.ts";
import { formatTable } from "./format-table.ts";
import { findNamedWorld, namedWorlds, type NamedWorld } from "./named-worlds.ts";

export interface ExploreCommandOptions {
  readonly world?: readonly string[];
  readonly quick: boolean;
  readonly mutants: boolean;
  readonly json: boolean;
  readonly maxStates?: number;
}

export interface CommandOutput {
  readonly out: (text: string) => void;
  /** Takes progress messages, which are no part of the result. */
  readonly progress: (text: string) => void;
}

interface WorldRun {
  readonly exploration: Exploration;
  readonly world: NamedWorld;
  readonly seconds: number;
  readonly isExpected: boolean;
}

/** Returns the exit code: 0, or 1 when a result differs from the expected one. */
export function exploreCommand(options: ExploreCommandOptions, output: CommandOutput): number {
  return options.mutants ? exploreMutants(options, output) : exploreWorlds(options, output);
}

function exploreWorlds(options: ExploreCommandOptions, output: CommandOutput): number {
  const chosen = options.world?.map(findNamedWorld) ?? namedWorlds.filter((world) => world.quick || !options.quick);
  const runs = chosen.map((world) => runWorld(world, options, output));
  if (options.json) {
    output.out(JSON.stringify(runs.map(toJson), null, 2));
  } else {
    output.out(formatTable(["world", "states", "transitions", "depth", "seconds", "result"], runs.map(toRow)));
    for (const run of runs) printStory(run, output);
    output.out(concludeWorlds(runs));
  }
  return runs.every((run) => run.isExpected) ? 0 : 1;
}

function runWorld(world: NamedWorld, options: ExploreCommandOptions, output: CommandOutput): WorldRun {
  const startedAt = performance.now();
  const exploration = world.run({
    statesMax: options.maxStates ?? world.statesMax ?? STATES_MAX_DEFAULT,
    checksUpkeep: world.expects !== "violation",
    onProgress: (progress) => output.progress(describeProgress(progress)),
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const found = exploration.finding?.kind ?? "nothing";
  const isExpected = found === world.expects || exploration.result === "bounded";
  const run = { exploration, world, seconds, isExpected };
  // A long command that is stopped has already printed its findings up to then.
  output.progress(toRow(run).join("  "));
  return run;
}

function describeProgress({ world, visited, states, depth, bytes }: Progress): string {
  return `${world}: ${visited} of ${states} states visited, depth ${depth}, ${Math.round(bytes / 1e6)} MB`;
}

function toRow({ exploration, world, seconds, isExpected }: WorldRun): readonly string[] {
  const { states, transitions, depth } = exploration;
  return [
    world.name,
    String(states),
    String(transitions),
    String(depth),
    seconds.toFixed(1),
    describeResult(exploration, world, isExpected),
  ];
}

function describeResult(exploration: Exploration, world: NamedWorld, isExpected: boolean): string {
  if (exploration.result === "bounded") return "not exhausted: nothing found so far";
  const { finding } = exploration;
  if (finding === null) return isExpected ? "no violation found" : `expected a finding (${world.expects})`;
  const what = `${finding.kind} after ${finding.steps} steps`;
  return isExpected ? `${what}, as documented` : what.toUpperCase();
}

function printStory({ world, exploration }: WorldRun, output: CommandOutput): void {
  const { finding } = exploration;
  if (finding === null) return;
  output.out(`\n${world.name}: ${world.summary}`);
  finding.story.forEach((line, index) => output.out(`${String(index + 1).padStart(4)}. ${line}`));
  output.out(`      ${finding.message}`);
}

function concludeWorlds(runs: readonly WorldRun[]): string {
  const all = runs.filter((run) => run.world.expects === "nothing");
  const inside = all.filter((run) => run.exploration.result !== "bounded");
  const states = inside.reduce((sum, run) => sum + run.exploration.states, 0);
  const wrong = runs.filter((run) => !run.isExpected).length;
  if (wrong > 0) return `\n${wrong} of ${runs.length} worlds are not as expected.`;
  const left = all.filter((run) => run.exploration.result === "bounded");
  const more = left.length === 0 ? "" : `; in ${left.length} more, not exhausted, nothing so far`;
  return `\nNo violation found within these bounds: ${inside.length} worlds, ${states} states${more}.`;
}

function toJson({ exploration, world, seconds, isExpected }: WorldRun): object {
  return { ...exploration, summary: world.summary, expects: world.expects, isExpected, seconds };
}

function exploreMutants(options: ExploreCommandOptions, output: CommandOutput): number {
  const announce = ({ name, world }: { readonly name: string; readonly world: string }): void =>
    output.progress(`${name}, in ${world}`);
  const results = mutants.map((mutant) => {
    announce(mutant);
    return runMutant(mutant, { isThorough: !options.quick });
  });
  const ofCacheEpochs = epochMutants.map((mutant) => {
    announce(mutant);
    return runEpochMutant(mutant);
  });
  const ofErasures = erasureMutants.map((mutant) => {
    announce(mutant);
    return runErasureMutant(mutant);
  });
  results.push(...ofCacheEpochs, ...ofErasures);
  if (options.json) output.out(JSON.stringify(results.map(mutantToJson), null, 2));
  else printMutants(results, output);
  return results.every((result) => result.isExpected) ? 0 : 1;
}

function printMutants(results: readonly MutantResult[], output: CommandOutput): void {
  const headings = ["rule", "without it", "world", "states", "steps", "shows"];
  output.out(formatTable(headings, results.map(mutantToRow)));
  for (const { mutant, outcome, statesWithRightReads } of results) {
    if (outcome === "violation") continue;
    const reads = statesWithRightReads === null ? "" : ` (${statesWithRightReads} states without a wrong read)`;
    output.out(`\n${mutant.name}: ${mutant.reason ?? "no reason given"}${reads}`);
  }
  const wrong = results.filter((result) => !result.isExpected);
  for (const { mutant, outcome } of wrong) {
    output.out(`\nNOT AS EXPECTED: ${mutant.name}: ${outcome}, not ${mutant.expects}`);
  }
  output.out(`\n${results.length} mutants, ${wrong.length} not as expected.`);
}

function mutantToRow({ mutant, exploration, outcome }: MutantResult): readonly string[] {
  const steps = exploration.finding === null ? "–" : String(exploration.finding.steps);
  return [mutant.rule, mutant.name, exploration.world, String(exploration.states), steps, outcome];
}

function mutantToJson(result: MutantResult): object {
  const { name, rule, instead, expects, reason } = result.mutant;
  const { exploration, outcome, isExpected, statesWithRightReads } = result;
  return { name, rule, instead, expects, reason, outcome, isExpected, statesWithRightReads, ...exploration };
}
