import { expect, test } from "vitest";
import { kinds } from "../../src/generate/kinds.ts";

const SEED = 20_261_126;
const CASES = 100;
const TIME_LIMIT_MS = 20_000;

test.each(kinds.map((kind) => [kind.name, kind] as const))(
  `every generated %s has the right outcome (${CASES} cases, seed ${SEED})`,
  async (_name, kind) => {
    const outcome = await kind.run({ cases: CASES, seed: SEED, timeLimitMs: TIME_LIMIT_MS });
    expect(outcome.kind === "found" ? outcome.problem : null).toBeNull();
  },
);
