/** The contract of every cache adapter. `open` gives a cache whose guard is not set. */
import { expect, it } from "vitest";
import type { Cache } from "../ports/cache.ts";
import { cacheChecks } from "./cache-checks.ts";
import { COMMANDS_PER_SEQUENCE, compareWithTransitions } from "./compare-with-transitions.ts";

export interface CacheContractOptions {
  readonly open: () => Promise<Cache>;
  /** Random command sequences to compare with the pure transitions. */
  readonly sequences: number;
  readonly seed: number;
}

export function cacheContract(options: CacheContractOptions): void {
  const { open, sequences, seed } = options;

  it(`agrees with the pure transitions on ${sequences} random sequences of ${COMMANDS_PER_SEQUENCE} commands (seed ${seed})`, async () => {
    expect(await compareWithTransitions({ open, sequences, seed })).toBe(null);
  });

  for (const { name, run } of cacheChecks) it(name, () => run(open));
}
