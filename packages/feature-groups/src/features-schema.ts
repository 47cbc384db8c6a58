/**
 * Validates a record by its group's schema. The check is synchronous, because
 * every record passes it.
 */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import * as z from "zod";
import { dead, type DeadRecord } from "./dead-reasons.ts";
import type { FeatureGroup } from "./define-config.ts";
import { FeatureGroupError } from "./errors.ts";
import { shownFieldOf } from "./shown-field.ts";
import { shownValue } from "./shown-value.ts";

/** Schemas leave it out without a word, also those that keep every field they do not know. */
const FORBIDDEN_NAME = "__proto__";
const ISSUES_SHOWN_MAX = 5;
const DETAIL_LENGTH_MAX = 1_000;

export interface ValidFeatures {
  readonly kind: "valid";
  readonly features: object;
}

type Outcome = StandardSchemaV1.Result<object> | Promise<StandardSchemaV1.Result<object>> | DeadRecord;

/**
 * The features in `input`, or the reason why the schema refuses it.
 * @throws FeatureGroupError ASYNC_SCHEMA when the schema answers with a promise, which is a fault of the configuration
 *   and not of the record
 */
export function validateFeatures(group: FeatureGroup, input: unknown): ValidFeatures | DeadRecord {
  if (typeof input === "object" && input !== null && Object.hasOwn(input, FORBIDDEN_NAME)) {
    return dead("invalid-features", `a record cannot have a field "${FORBIDDEN_NAME}"; rename it`);
  }
  const outcome = validate(group, input);
  if ("kind" in outcome) return outcome;
  if (isPromise(outcome)) return afterPromise(group, input, outcome);
  if (outcome.issues !== undefined) return dead("invalid-features", issuesDetail(group, outcome.issues, input));
  return { kind: "valid", features: outcome.value };
}

/** A schema's own code may throw for some inputs. Such a record is dead, and the lane goes on. */
function validate(group: FeatureGroup, input: unknown): Outcome {
  try {
    return group.schema["~standard"].validate(input);
  } catch (error) {
    return schemaThrew(error);
  }
}

function schemaThrew(error: unknown): DeadRecord {
  const message = error instanceof Error ? error.message : shownValue(error);
  return dead("invalid-features", `the schema threw: ${shortened(message)}`);
}

function isPromise(outcome: object): outcome is Promise<unknown> {
  return "then" in outcome && typeof outcome.then === "function";
}

/** zod also answers with a promise where a check of its user throws; a synchronous call distinguishes the two cases. */
function afterPromise(group: FeatureGroup, input: unknown, outcome: Promise<unknown>): DeadRecord {
  // Nobody waits for it, so its rejection must not end the process.
  outcome.then(undefined, () => undefined);
  if (group.schema instanceof z.core.$ZodType) {
    try {
      z.safeParse(group.schema, input);
    } catch (error) {
      if (!(error instanceof z.core.$ZodAsyncError)) return schemaThrew(error);
    }
  }
  throw new FeatureGroupError(
    "ASYNC_SCHEMA",
    `feature group "${group.name}": the schema answered with a promise, and validation is synchronous; ` +
      "remove asynchronous refinements and transforms from it",
    { fields: { group: group.name } },
  );
}

function issuesDetail(group: FeatureGroup, issues: readonly StandardSchemaV1.Issue[], input: unknown): string {
  const shown = issues.slice(0, ISSUES_SHOWN_MAX).map((issue) => issueDetail(group, issue, input));
  const more = issues.length - shown.length;
  if (more > 0) shown.push(`and ${more} more`);
  return shortened(shown.join("; "));
}

function issueDetail(group: FeatureGroup, issue: StandardSchemaV1.Issue, input: unknown): string {
  const path = (issue.path ?? []).map((step) => (typeof step === "object" ? step.key : step));
  if (path.length === 0) return issue.message;
  return `"${path.map(String).join(".")}" is ${shownFieldOf(group, String(path[0]), valueAt(input, path))}: ${issue.message}`;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Readonly<Record<PropertyKey, unknown>>)[key];
  }
  return value;
}

function shortened(text: string): string {
  return text.length <= DETAIL_LENGTH_MAX ? text : `${text.slice(0, DETAIL_LENGTH_MAX)}…`.toWellFormed();
}
