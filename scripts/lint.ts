/**
 * Runs all checks of the source that need not run it. `--fix` formats in place,
 * and mends nothing else: the linter would replace escapes in texts by the
 * characters themselves.
 */
import { runSteps } from "./run-steps.ts";
import { tidy } from "./tidy.ts";

const isFixing = process.argv.includes("--fix");

process.exitCode = await runSteps([
  { name: "format", command: ["oxfmt", ...(isFixing ? [] : ["--check"]), "."] },
  { name: "lint", command: ["oxlint", "--type-aware", "--deny-warnings"] },
  { name: "boundaries", command: ["turbo", "boundaries"] },
  { name: "dead code", command: ["knip", "--no-progress", "--include-entry-exports"] },
  { name: "exports for tests alone", command: ["knip", "--no-progress", "--production", "--include", "exports,types"] },
  { name: "tidy", run: tidy },
]);
