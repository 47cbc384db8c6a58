/**
 * `check FILE` says whether a recorded history is linearizable. `check-checker`
 * says whether the checker is right.
 */
import { createReadStream } from "node:fs";
import { VerificationError } from "../errors.ts";
import { checkHistory } from "../history/check-history.ts";
import { compareWithBruteForce, type CompareOptions } from "../history/compare-with-brute-force.ts";
import { describeViolation } from "../history/describe-violation.ts";
import type { History } from "../history/history.ts";
import { parseHistory } from "../history/parse-history.ts";

export const EXIT_RIGHT = 0;
export const EXIT_VIOLATION = 1;
export const EXIT_UNUSABLE = 2;

const CHUNK_BYTES = 1 << 20;

/** Returns the exit code. */
export async function checkCommand(file: string, out: (text: string) => void): Promise<number> {
  const startedAt = performance.now();
  let history: History;
  try {
    history = await parseHistory(createReadStream(file, { encoding: "utf8", highWaterMark: CHUNK_BYTES }));
  } catch (error) {
    out(`${file}: ${describeFailure(error)}`);
    return EXIT_UNUSABLE;
  }
  const verdict = checkHistory(history);
  for (const violation of verdict.violations) out(`${describeViolation(history, violation)}\n`);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const counts = `${verdict.operations} operations, ${verdict.reads} reads with an outcome, ${verdict.keys} keys, ${seconds} s`;
  if (verdict.wrongReads === 0) {
    out(`linearizable: ${counts}`);
    return EXIT_RIGHT;
  }
  out(`NOT linearizable: ${verdict.wrongReads} wrong reads, ${verdict.violations.length} shown; ${counts}`);
  return EXIT_VIOLATION;
}

function describeFailure(error: unknown): string {
  if (error instanceof VerificationError) return error.message;
  const reason = error instanceof Error ? error.message : String(error);
  return `cannot be read (${reason}). Give the path of a history in NDJSON`;
}

export function checkCheckerCommand(options: CompareOptions, out: (text: string) => void): number {
  const agreement = compareWithBruteForce(options);
  const { histories, accepted, rejected, difference } = agreement;
  if (difference === null) {
    out(
      `The checker agrees with brute force on ${histories} histories of seed ${options.seed}: ${accepted} accepted, ${rejected} rejected.`,
    );
    return EXIT_RIGHT;
  }
  out(`Seed ${options.seed}, history ${histories}: the checker and brute force differ on`);
  for (const operation of difference) out(JSON.stringify(operation));
  return EXIT_VIOLATION;
}
