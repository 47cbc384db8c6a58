/**
 * Runs every approach in every condition on real servers, one after the other,
 * and draws the conclusion from the checker's verdicts.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { commonApproaches } from "./common-approaches.ts";
import { approaches } from "./approaches.ts";
import { comparisonChart } from "./comparison-chart.ts";
import { type Compared, comparisonReport, comparisonTable } from "./comparison-report.ts";
import { startComparisonServers } from "./comparison-servers.ts";
import type { Condition } from "./condition.ts";
import type { Approach } from "./approach.ts";
import { runApproach, type RunFigures } from "./run-approach.ts";
import { thisCore } from "./this-core.ts";

export interface ComparisonOptions {
  /** The duration of each run; there are three runs for each approach. */
  readonly seconds: number;
  readonly seed: number;
  /** The file for the chart; the table goes beside it, as Markdown. */
  readonly svg?: string;
  readonly json: boolean;
}

export interface ComparisonOutput {
  readonly out: (text: string) => void;
  /** Takes progress messages, which are no part of the result. */
  readonly progress: (text: string) => void;
}

const EXIT_RIGHT = 0;
const EXIT_WRONG = 1;
const KEYS = 400;
const WARM_UP_SECONDS = 5;

/**
 * Returns the exit code: 1 when this core had a wrong read, or when the load or the failovers were too few to show
 * anything.
 */
export async function runComparison(options: ComparisonOptions, output: ComparisonOutput): Promise<number> {
  const { seconds, seed, svg } = options;
  const servers = await startComparisonServers();
  const all: Compared[] = [];
  try {
    // The first approach must not be slower because the store is not warm yet.
    await runApproach(thisCore, servers, { seconds: WARM_UP_SECONDS, seed, keys: KEYS, condition: "calm" });
    for (const approach of approaches) {
      const run = async (condition: Condition): Promise<RunFigures> => {
        const kept = approach === thisCore ? { wrongHistory: wrongHistoryOf(condition) } : {};
        const figures = await runApproach(approach, servers, { seconds, seed, keys: KEYS, condition, ...kept });
        output.progress(describeRun(figures));
        return figures;
      };
      all.push({
        approach: approach.name,
        calm: await run("calm"),
        faulty: await run("faults"),
        failover: await run("failovers"),
      });
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

function wrongHistoryOf(condition: Condition): string {
  return `.trilane/compared-${condition}.ndjson`;
}

function describeRun(figures: RunFigures): string {
  const { approach, wrongReads, reads, writes, failedReads } = figures;
  return `${approach}, ${describeCondition(figures)}: ${wrongReads} of ${reads} reads wrong, ${failedReads} unanswered, ${writes} writes`;
}

function describeCondition({ condition, fired }: RunFigures): string {
  if (condition === "calm") return "without faults";
  return condition === "faults" ? `with faults (${fired} effects)` : `with ${fired} failovers`;
}

function conclude(all: readonly Compared[], { out }: ComparisonOutput): number {
  const ofThisCore = runsOf(all, [thisCore]).filter(({ wrongReads }) => wrongReads > 0);
  const files = ofThisCore.map(({ condition }) => wrongHistoryOf(condition));
  if (files.length > 0) out(`\nTHIS CORE HAD WRONG READS: ${files.join(", ")}.`);
  const canFail = runsOf(all, commonApproaches).some(({ wrongReads }) => wrongReads > 0);
  if (!canFail) out("\nNobody had a wrong read: this load shows nothing. Run it for longer.");
  const hadFailovers = all.every(({ failover }) => failover.fired > 0);
  if (!hadFailovers) out("\nNot everybody met a failover that had an effect. Run it for longer.");
  return files.length === 0 && canFail && hadFailovers ? EXIT_RIGHT : EXIT_WRONG;
}

function runsOf(all: readonly Compared[], some: readonly Approach[]): readonly RunFigures[] {
  const names = new Set(some.map(({ name }) => name));
  return all
    .filter(({ approach }) => names.has(approach))
    .flatMap(({ calm, faulty, failover }) => [calm, faulty, failover]);
}
