/** Compares the calls to AWS that a test run made with the rights of docs/rights.md. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { awsActionsOf, PROGRAMS_WITH_RIGHTS } from "../packages/lane-kit/src/index.ts";
import { TESTS } from "./program-of.ts";

/** Tests run lanes in their own process as well, so their calls may be those of any program, or their own preparation. */
const PREPARATION: readonly string[] = [
  "dynamodb:DeleteTable",
  "dynamodb:ListTables",
  "dynamodb:UpdateTable",
  "dynamodb:BatchWriteItem",
  "dynamodb:PartiQLSelect",
  "dynamodb:PartiQLDelete",
  "s3:DeleteBucket",
  "s3:ListBucketMultipartUploads",
];

export interface AwsCalls {
  /** By program, the actions that it needed. */
  readonly made: ReadonlyMap<string, readonly string[]>;
  /** Sentences; empty where every call is allowed. */
  readonly problems: readonly string[];
}

export function readAwsCalls(folder: string): AwsCalls {
  const files = existsSync(folder) ? readdirSync(folder).toSorted() : [];
  const made = new Map(files.map((file) => [file.replace(/\.txt$/, ""), actionsIn(join(folder, file))] as const));
  const problems = [...made].flatMap(([program, actions]) =>
    actions
      .filter((action) => !allowedFor(program).has(action))
      .map((action) => `${program} called ${action}, which docs/rights.md does not give to it`),
  );
  return { made, problems };
}

function actionsIn(file: string): readonly string[] {
  const lines = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "");
  return [...new Set(lines)].toSorted();
}

function allowedFor(program: string): ReadonlySet<string> {
  const own = PROGRAMS_WITH_RIGHTS.filter((each) => each === program || program === TESTS);
  return new Set([...own.flatMap(awsActionsOf), ...(program === TESTS ? PREPARATION : [])]);
}
