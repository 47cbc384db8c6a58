/** `compare`: what people use instead and this core, under the same load and faults, on real servers. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { EXIT_RIGHT, EXIT_VIOLATION } from "../commands/check-command.ts";
import { alternatives } from "./alternatives.ts";
import { approaches } from "./approaches.ts";
import { comparisonChart } from "./comparison-chart.ts";
import { type Compared, comparisonReport, comparisonTable } from "./comparison-report.ts";
import { startComparisonServers } from "./comparison-servers.ts";
import type { Approach } from "./contestant.ts";
import { runApproach, type RunFigures } from "./run-approach.ts";
import { thisCore } from "./this-core.ts";

export interface CompareCommandOptions {
  /** Of each run; there are two for each approach. */
  readonly seconds: number;
  readonly seed: number;
  /** Where the chart goes; the table goes beside it, as Markdown. */
  readonly svg?: string;
  readonly json: boolean;
}

export interface CompareOutput {
  readonly out: (text: string) => void;
  /** Progress; not part of the result. */
  readonly progress: (text: string) => void;
}

const KEYS = 400;
const WARM_UP_SECONDS = 5;

/** Returns the exit code: 1 when this core had a wrong read, or the load is one that shows nothing. */
export async function compareCommand(options: CompareCommandOptions, output: CompareOutput): Promise<number> {
  const { seconds, seed, svg } = options;
  const servers = await startComparisonServers();
  const all: Compared[] = [];
  try {
    // Whoever comes first must not pay for a store that is not warm.
    await runApproach(thisCore, servers, { seconds: WARM_UP_SECONDS, seed, keys: KEYS, hasFaults: false });
    for (const approach of approaches) {
      const run = async (hasFaults: boolean): Promise<RunFigures> => {
        const figures = await runApproach(approach, servers, { seconds, seed, keys: KEYS, hasFaults });
        output.progress(describeRun(figures));
        return figures;
      };
      all.push({ approach: approach.name, calm: await run(false), faulty: await run(true) });
    }
  } finally {
    await servers.stop();
  }
  if (svg !== undefined) {
    const command = `npm run compare -- --seconds ${seconds} --seed ${seed} --svg ${svg}`;
    const facts = { seconds, seed, keys: KEYS, servers: servers.description, command, date: new Date() };
    await mkdir(dirname(svg), { recursive: true });
    await writeFile(svg, comparisonChart(all, `${servers.description}; ${seconds} s each, seed ${seed}`));
    await writeFile(svg.replace(/\.svg$/, "") + ".md", comparisonReport(all, facts));
  }
  output.out(options.json ? JSON.stringify(all, null, 2) : comparisonTable(all));
  return conclude(all, output);
}

function describeRun({ approach, hasFaults, wrongReads, reads, writes, failedReads, fired }: RunFigures): string {
  const faults = hasFaults ? `with faults (${fired} effects)` : "without faults";
  return `${approach}, ${faults}: ${wrongReads} of ${reads} reads wrong, ${failedReads} unanswered, ${writes} writes`;
}

function conclude(all: readonly Compared[], { out }: CompareOutput): number {
  const isRight = wrongReadsOf(all, [thisCore]) === 0;
  if (!isRight) out(`\nTHIS CORE HAD WRONG READS.`);
  const canFail = wrongReadsOf(all, alternatives) > 0;
  if (!canFail) out("\nNobody had a wrong read: this load shows nothing. Run it for longer.");
  return isRight && canFail ? EXIT_RIGHT : EXIT_VIOLATION;
}

function wrongReadsOf(all: readonly Compared[], some: readonly Approach[]): number {
  const names = new Set(some.map(({ name }) => name));
  return all
    .filter(({ approach }) => names.has(approach))
    .reduce((sum, { calm, faulty }) => sum + calm.wrongReads + faulty.wrongReads, 0);
}
