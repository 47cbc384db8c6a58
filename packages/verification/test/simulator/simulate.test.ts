import { describe, expect, it } from "vitest";
import { runCampaign } from "../../src/simulator/campaign.ts";
import { FAULT_KINDS } from "../../src/simulator/faults.ts";
import { formatHistory } from "../../src/simulator/format-history.ts";
import { keptSeeds } from "../../src/simulator/kept-seeds.ts";
import { simulate } from "../../src/simulator/simulate.ts";
import { withoutErasures } from "../../src/simulator/variant.ts";

const SEEDS = 150;
const OPERATIONS = 1_000;
/** It takes seconds on a free machine; the machine may be shared. */
const CAMPAIGN_LIMIT_MS = 240_000;

describe("the simulator", () => {
  it(
    `finds nothing wrong in seeds 1 to ${SEEDS}, and each kind of fault has fired`,
    async () => {
      const { totals, wrongRun } = await runCampaign({ firstSeed: 1, seeds: SEEDS, operations: OPERATIONS });
      expect(wrongRun?.problems ?? [], `seed ${wrongRun?.seed}`).toEqual([]);
      expect(totals.operations).toBeGreaterThanOrEqual(SEEDS * OPERATIONS);
      expect(FAULT_KINDS.filter((kind) => totals.faults[kind].times === 0)).toEqual([]);
      const { applied, superseded, duplicate, expired, erased, failed, dead } = totals.receipts;
      expect(Math.min(applied, superseded, duplicate, expired, erased, failed)).toBeGreaterThan(0);
      expect(dead).toBe(0);
    },
    CAMPAIGN_LIMIT_MS,
  );

  it.each([7, 37, 141])("runs seed %i twice alike, to the bit", async (seed) => {
    const first = await simulate({ seed, operations: OPERATIONS });
    const second = await simulate({ seed, operations: OPERATIONS });
    expect(second.fingerprint).toBe(first.fingerprint);
    expect([...formatHistory(second.history)].join("")).toBe([...formatHistory(first.history)].join(""));
    expect({ ...second, history: null }).toEqual({ ...first, history: null });
  });

  it("runs different seeds differently", async () => {
    const runs = [await simulate({ seed: 1, operations: 200 }), await simulate({ seed: 2, operations: 200 })];
    expect(runs[0]?.fingerprint).not.toBe(runs[1]?.fingerprint);
  });

  it.each(keptSeeds)("finds nothing wrong in seed $seed, which once found: $found", async ({ seed, operations }) => {
    const { problems } = await simulate({ seed, operations, variant: withoutErasures });
    expect(problems).toEqual([]);
  });
});
