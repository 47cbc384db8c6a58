#!/usr/bin/env node
/** `npm run compare`: exit code 0 when the comparison shows something and this core had no wrong read, else 1. */
import { Command, InvalidArgumentError } from "commander";
import { type ComparisonOptions, runComparison } from "./run-comparison.ts";

const SECONDS_DEFAULT = 30;

await new Command("compare")
  .description(
    "what people use instead, under the same load, faults and failovers; exit 1 when this core had a wrong read",
  )
  .option("--seconds <count>", "of each run; there are three for each approach", parseCount, SECONDS_DEFAULT)
  .option("--seed <number>", "of load and faults", parseCount, 1)
  .option("--svg <file>", "where a chart goes, and a table in Markdown beside it")
  .option("--json", "print JSON", false)
  .action(async (options: ComparisonOptions) => {
    process.exitCode = await runComparison(options, {
      out: (text) => process.stdout.write(`${text}\n`),
      progress: (text) => process.stderr.write(`${text}\n`),
    });
  })
  .parseAsync();

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 0) throw new InvalidArgumentError("not a whole number");
  return count;
}
