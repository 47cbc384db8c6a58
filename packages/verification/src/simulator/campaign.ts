/**
 * Runs many seeds, one after the other, until one shows something wrong, and
 * sums up what happened.
 */
import { noReceipts, type ReceiptCounts, type ReceiptStatus } from "@trilane/write-through";
import { FAULT_KINDS, type FaultKind, noFaults } from "./faults.ts";
import type { ReadCounts } from "./ledger.ts";
import { simulate, type SimulatedRun } from "./simulate.ts";
import type { Variant } from "./variant.ts";

export interface CampaignOptions {
  readonly firstSeed: number;
  readonly seeds: number;
  readonly operations: number;
  readonly variant?: Variant;
  /** Called after each run. */
  readonly onRun?: (run: SimulatedRun, totals: CampaignTotals) => void;
}

export interface FaultTotals {
  /** The number of runs in which the fault fired. */
  runs: number;
  times: number;
}

export interface CampaignTotals {
  seeds: number;
  operations: number;
  events: number;
  virtualMs: number;
  readonly receipts: ReceiptCounts;
  readonly reads: ReadCounts;
  readonly faults: Readonly<Record<FaultKind, FaultTotals>>;
}

export interface Campaign {
  readonly totals: CampaignTotals;
  /** The first run; its history is kept where nothing is wrong. */
  readonly firstRun: SimulatedRun | null;
  /** The run that showed something wrong; the campaign ends there. */
  readonly wrongRun: SimulatedRun | null;
}

export async function runCampaign(options: CampaignOptions): Promise<Campaign> {
  const { firstSeed, seeds, operations, variant, onRun } = options;
  const totals = noTotals();
  let firstRun: SimulatedRun | null = null;
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    const run = await simulate({ seed, operations, ...(variant === undefined ? {} : { variant }) });
    firstRun ??= run;
    addRun(totals, run);
    onRun?.(run, totals);
    if (run.problems.length > 0) return { totals, firstRun, wrongRun: run };
    await eventLoopTurned();
  }
  return { totals, firstRun, wrongRun: null };
}

/** The event loop never turns during a run; signals and test runners need a turn between two runs. */
function eventLoopTurned(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function noTotals(): CampaignTotals {
  const faults = Object.fromEntries(Object.keys(noFaults()).map((kind) => [kind, { runs: 0, times: 0 }]));
  return {
    seeds: 0,
    operations: 0,
    events: 0,
    virtualMs: 0,
    receipts: noReceipts(),
    reads: { cache: 0, store: 0, failed: 0 },
    faults: faults as Record<FaultKind, FaultTotals>,
  };
}

function addRun(totals: CampaignTotals, run: SimulatedRun): void {
  totals.seeds += 1;
  totals.operations += run.operations;
  totals.events += run.events;
  totals.virtualMs += run.virtualMs;
  for (const [status, count] of Object.entries(run.receipts)) totals.receipts[status as ReceiptStatus] += count;
  totals.reads.cache += run.reads.cache;
  totals.reads.store += run.reads.store;
  totals.reads.failed += run.reads.failed;
  for (const kind of FAULT_KINDS) {
    const times = run.faults[kind];
    totals.faults[kind].times += times;
    if (times > 0) totals.faults[kind].runs += 1;
  }
}
