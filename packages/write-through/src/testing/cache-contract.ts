/** The contract of every cache adapter. `open` returns a cache whose guard is not set. */
import { expect, it } from "vitest";
import type { Cache } from "../ports/cache.ts";
import { cacheChecks, type CacheParts } from "./cache-checks.ts";
import { COMMANDS_PER_SEQUENCE, compareWithTransitions } from "./compare-with-transitions.ts";

export interface CacheContractOptions<Opened extends Cache> extends CacheParts<Opened> {
  /** The number of random command sequences that are compared with the pure transitions. */
  readonly sequences: number;
  readonly seed: number;
}

export function cacheContract<Opened extends Cache>(options: CacheContractOptions<Opened>): void {
  const { open, overwrite, sequences, seed } = options;

  it(`agrees with the pure transitions on ${sequences} random sequences of ${COMMANDS_PER_SEQUENCE} commands (seed ${seed})`, async () => {
    expect(await compareWithTransitions({ open, overwrite, sequences, seed })).toBe(null);
  });

  for (const { name, run } of cacheChecks) it(name, () => run({ open, overwrite }));
}
