#!/usr/bin/env node
/** The command line of the verification: explore, simulate, check, check-checker, lua-mutants. */
import { Command, InvalidArgumentError } from "commander";
import { checkCheckerCommand, checkCommand, EXIT_UNUSABLE } from "./commands/check-command.ts";
import { exploreCommand, type ExploreCommandOptions } from "./commands/explore-command.ts";
import { simulateCommand, type SimulateCommandOptions } from "./commands/simulate-command.ts";
import { luaMutantsCommand } from "./commands/lua-mutants-command.ts";

const HISTORIES_DEFAULT = 1_000_000;
const SEEDS_DEFAULT = 1_000;
const OPERATIONS_DEFAULT = 1_000;
/** The same number, and the same seed, as the contract suite on real servers. */
const SEQUENCES_DEFAULT = 1_000;
const SEQUENCES_SEED_DEFAULT = 7;

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

const printProgress = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

const program = new Command("trilane-verify").description(
  "Looks for reads that are not linearizable: in the protocol, and in recorded histories",
);

program
  .command("explore")
  .description("visit every state of bounded worlds; exit 1 when a result differs from what is documented")
  .option("--world <name...>", "only these worlds")
  .option(
    "--quick",
    "only worlds that take about a second; with --mutants, without the long look for wrong reads",
    false,
  )
  .option("--mutants", "remove each rule of the protocol, one at a time, instead", false)
  .option("--json", "print JSON", false)
  .option("--max-states <count>", "stop a world that has more states", parseCount)
  .action((options: ExploreCommandOptions) => {
    process.exitCode = orUnusable(() => exploreCommand(options, { out: print, progress: printProgress }));
  });

program
  .command("check")
  .description("decide whether a history (NDJSON) is linearizable; exit 0: it is, 1: it is not, 2: unusable")
  .argument("<file>")
  .action(async (file: string) => {
    process.exitCode = await checkCommand(file, print);
  });

program
  .command("check-checker")
  .description("compare the checker with brute force over small random histories")
  .option("--histories <count>", "how many", parseCount, HISTORIES_DEFAULT)
  .option("--seed <number>", "of the random histories", parseCount, 1)
  .action((options: { readonly histories: number; readonly seed: number }) => {
    process.exitCode = checkCheckerCommand(options, print);
  });

program
  .command("lua-mutants")
  .description("put bugs into the Lua scripts on real servers; exit 1 when a check catches one of them not")
  .option("--sequences <count>", "random command sequences", parseCount, SEQUENCES_DEFAULT)
  .option("--seed <number>", "of the random sequences", parseCount, SEQUENCES_SEED_DEFAULT)
  .action(async (options: { readonly sequences: number; readonly seed: number }) => {
    process.exitCode = await luaMutantsCommand(options, { out: print, progress: printProgress });
  });

program
  .command("simulate")
  .description("run the real writer and reader in simulated processes; exit 1 when a seed shows something wrong")
  .option("--seeds <count>", "how many seeds", parseCount, SEEDS_DEFAULT)
  .option("--ops <count>", "operations of each seed, at least", parseCount, OPERATIONS_DEFAULT)
  .option("--seed <number>", "the first seed", parseCount, 1)
  .option("--history <file>", "write the history (NDJSON) of the wrong run, else of the first")
  .option("--mutant <name>", "with one rule of the protocol taken away")
  .option("--verify-replay", "run the first seed twice instead, and compare the runs bit by bit", false)
  .action(async (options: SimulateCommandOptions) => {
    process.exitCode = await simulateCommand(options, { out: print, progress: printProgress }).catch(unusable);
  });

await program.parseAsync();

function orUnusable(run: () => number): number {
  try {
    return run();
  } catch (error) {
    return unusable(error);
  }
}

function unusable(error: unknown): number {
  if (!(error instanceof RangeError)) throw error;
  printProgress(error.message);
  return EXIT_UNUSABLE;
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 0) throw new InvalidArgumentError("not a whole number");
  return count;
}
