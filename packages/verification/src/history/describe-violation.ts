/**
 * Describes a violation by the few operations that matter, in the order of
 * their invocation. Times are nanoseconds since the first operation of the
 * history.
 */
import type { History } from "./history.ts";
import type { Violation } from "./check-history.ts";

export function describeViolation(history: History, violation: Violation): string {
  const { read, writeOfRead, newer, writeOfNewer } = violation;
  const operations = [read, writeOfRead, newer, writeOfNewer].filter((index) => index !== null);
  const lines = [...new Set(operations)]
    .toSorted((a, b) => history.invokeOf(a) - history.invokeOf(b))
    .map((index) => `  ${describeOperation(history, index)}`);
  return [`key ${JSON.stringify(violation.key)}: ${explain(history, violation)}`, ...lines].join("\n");
}

function explain(history: History, violation: Violation): string {
  const line = history.lineOf(violation.read);
  switch (violation.kind) {
    case "never-written":
      return `the read of line ${line} returned a version that nobody wrote`;
    case "before-write":
      return `the read of line ${line} returned a version before its write was invoked`;
    case "stale": {
      const newer = violation.newer === null ? line : history.lineOf(violation.newer);
      return `the read of line ${line} is stale: line ${newer} had completed with a newer version before it could begin`;
    }
  }
}

function describeOperation(history: History, index: number): string {
  const operation = history.read(index);
  const returned = operation.return === null ? "unknown" : `${operation.return} ns`;
  const version = operation.version ?? "(absent)";
  const who = `line ${history.lineOf(index)}: process ${operation.process}`;
  return `${who} ${operation.op} ${version}, from ${operation.invoke} ns to ${returned}`;
}
