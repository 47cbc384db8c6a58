/** `simulate`: runs many seeds of the simulator, and prints their results. */
import { open } from "node:fs/promises";
import type { History } from "../history/history.ts";
import { type Campaign, type CampaignTotals, runCampaign } from "../simulator/campaign.ts";
import { FAULT_KINDS } from "../simulator/faults.ts";
import { formatHistory } from "../simulator/format-history.ts";
import { simulate, type SimulatedRun } from "../simulator/simulate.ts";
import { findVariant, production, type Variant } from "../simulator/variant.ts";
import { EXIT_RIGHT, EXIT_VIOLATION } from "./check-command.ts";
import type { CommandOutput } from "./explore-command.ts";
import { formatTable } from "./format-table.ts";

export interface SimulateCommandOptions {
  readonly seeds: number;
  /** The minimum of operations of each seed. */
  readonly ops: number;
  /** The first seed. */
  readonly seed: number;
  /** The file for the history of one run: the wrong run, or else the first. */
  readonly history?: string;
  readonly mutant?: string;
  readonly verifyReplay: boolean;
}

const PROGRESS_SEEDS = 500;

/**
 * Returns the exit code: 0, or 1 when something is wrong.
 * @throws RangeError for a mutant that does not exist.
 */
export async function simulateCommand(options: SimulateCommandOptions, output: CommandOutput): Promise<number> {
  const variant = options.mutant === undefined ? production : findVariant(options.mutant);
  if (options.verifyReplay) return verifyReplay(options, variant, output);
  const startedAt = performance.now();
  const secondsSince = (): number => (performance.now() - startedAt) / 1_000;
  const campaign = await runCampaign({
    firstSeed: options.seed,
    seeds: options.seeds,
    operations: options.ops,
    variant,
    onRun: (_, totals) => {
      if (totals.seeds % PROGRESS_SEEDS === 0) output.progress(`${summarize(totals)}, ${secondsSince().toFixed(1)} s`);
    },
  });
  printTotals(campaign, output);
  output.out(`\n${summarize(campaign.totals)}, ${secondsSince().toFixed(1)} s.`);
  const shown = campaign.wrongRun ?? campaign.firstRun;
  if (shown !== null && options.history !== undefined) await writeHistory(shown.history, options.history);
  return conclude(campaign, options, output);
}

async function verifyReplay(
  { seed, ops, history }: SimulateCommandOptions,
  variant: Variant,
  { out }: CommandOutput,
): Promise<number> {
  const runs = [
    await simulate({ seed, operations: ops, variant }),
    await simulate({ seed, operations: ops, variant }),
  ] as const;
  const [first, second] = runs;
  for (const run of runs) out(describeRun(run));
  const texts = runs.map((run) => [...formatHistory(run.history)].join(""));
  const isSame = texts[0] === texts[1] && first.fingerprint === second.fingerprint && first.events === second.events;
  const bytes = Buffer.byteLength(texts[0] ?? "");
  out(isSame ? `bit-identical: the same fingerprint, the same ${bytes} bytes of history` : "NOT the same");
  if (history !== undefined) await writeHistory(first.history, history);
  return isSame ? EXIT_RIGHT : EXIT_VIOLATION;
}

function describeRun({ seed, fingerprint, operations, events, virtualMs }: SimulatedRun): string {
  const seconds = (virtualMs / 1_000).toFixed(1);
  return `seed ${seed}: fingerprint ${fingerprint}, ${operations} operations, ${events} events, ${seconds} virtual seconds`;
}

function summarize({ seeds, operations, events, virtualMs }: CampaignTotals): string {
  const hours = (virtualMs / 3_600_000).toFixed(1);
  return `${seeds} seeds, ${operations} operations, ${events} events, ${hours} virtual hours`;
}

function printTotals({ totals, firstRun }: Campaign, { out }: CommandOutput): void {
  const { receipts, reads, faults } = totals;
  out(
    formatTable(
      ["fault", "seeds", "times"],
      FAULT_KINDS.map((kind) => [kind, String(faults[kind].runs), String(faults[kind].times)]),
    ),
  );
  const counts = Object.entries(receipts).map(([status, count]) => `${count} ${status}`);
  out(`\nreceipts: ${counts.join(", ")}`);
  out(`reads: ${reads.cache} from the cache, ${reads.store} from the store, ${reads.failed} failed`);
  if (firstRun !== null) out(describeRun(firstRun));
}

function conclude({ wrongRun }: Campaign, options: SimulateCommandOptions, { out }: CommandOutput): number {
  if (wrongRun === null) {
    out("No violation found within these bounds.");
    return EXIT_RIGHT;
  }
  for (const problem of wrongRun.problems) out(problem);
  const mutant = options.mutant === undefined ? "" : ` --mutant ${JSON.stringify(options.mutant)}`;
  out(`\nSEED ${wrongRun.seed} IS WRONG. To run it again:`);
  out(`npm run simulate -- --seed ${wrongRun.seed} --seeds 1 --ops ${options.ops}${mutant}`);
  return EXIT_VIOLATION;
}

/** NDJSON, as `check` reads it. */
async function writeHistory(history: History, path: string): Promise<void> {
  const file = await open(path, "w");
  try {
    await file.writeFile(formatHistory(history));
  } finally {
    await file.close();
  }
}
