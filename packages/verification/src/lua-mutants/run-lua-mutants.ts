/**
 * Runs the checks of the scripts on a real server, in the order in which the
 * suites run them: the random sequences, the contract's single cases, then the
 * checks that need a server. The first check that fails has caught the bug.
 */
import { AssertionError } from "node:assert/strict";
import { type CacheCheck, cacheChecks, type CacheParts, compareWithTransitions } from "@trilane/write-through/testing";
import type { ValkeyCache } from "@trilane/write-through/valkey";
import type { LuaMutant } from "./lua-mutant.ts";
import type { ServerUnderTest } from "./server-under-test.ts";
import { type ServerCheck, serverChecks } from "./server-checks.ts";

export interface CheckOptions {
  readonly sequences: number;
  readonly seed: number;
}

export interface Catch {
  readonly check: string;
  /** The number of the random sequence, from 1; null for the other checks. */
  readonly sequence: number | null;
  /** The time of the check that caught the bug. */
  readonly milliseconds: number;
  /** The time of all checks up to then. */
  readonly millisecondsInAll: number;
  readonly reason: string;
}

export const SEQUENCES_CHECK = "agrees with the pure transitions";

/** Null: no check catches the bug; or, without a mutant, every check succeeds. */
export async function catchLuaMutant(
  underTest: ServerUnderTest,
  mutant: LuaMutant | null,
  options: CheckOptions,
): Promise<Catch | null> {
  await underTest.use(mutant);
  const startedAt = performance.now();
  try {
    for (const check of checksOf(underTest, options)) {
      const checkStartedAt = performance.now();
      const failure = await check.run();
      underTest.disconnect();
      if (failure === null) continue;
      const now = performance.now();
      return {
        check: check.name,
        ...failure,
        milliseconds: now - checkStartedAt,
        millisecondsInAll: now - startedAt,
      };
    }
    return null;
  } finally {
    underTest.disconnect();
  }
}

interface Failure {
  readonly sequence: number | null;
  readonly reason: string;
}

interface NamedCheck {
  readonly name: string;
  readonly run: () => Promise<Failure | null>;
}

function checksOf(underTest: ServerUnderTest, options: CheckOptions): readonly NamedCheck[] {
  const parts: CacheParts<ValkeyCache> = {
    open: async () => (await underTest.open()).cache,
    overwrite: async (cache, key, bytes) => {
      await underTest.admin.set(cache.entryNameOf(key), Buffer.from(bytes));
    },
  };
  return [
    { name: SEQUENCES_CHECK, run: () => compareSequences(parts, options) },
    ...cacheChecks.map((check: CacheCheck) => ({ name: check.name, run: () => failureOf(() => check.run(parts)) })),
    ...serverChecks.map((check: ServerCheck) => ({
      name: check.name,
      run: () => failureOf(() => check.run(underTest)),
    })),
  ];
}

async function compareSequences(parts: CacheParts<ValkeyCache>, options: CheckOptions): Promise<Failure | null> {
  const difference = await compareWithTransitions({ ...parts, ...options });
  if (difference === null) return null;
  const { sequence, commands, differs } = difference;
  return { sequence, reason: `the ${differs} differs after ${commands.length} commands` };
}

async function failureOf(run: () => Promise<void>): Promise<Failure | null> {
  try {
    await run();
    return null;
  } catch (error) {
    // Any other error means that the check itself could not run.
    if (error instanceof AssertionError) return { sequence: null, reason: error.message };
    throw error;
  }
}
