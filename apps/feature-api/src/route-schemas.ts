/**
 * The routes as the OpenAPI document describes them. They are documentation
 * only: each route checks its requests itself, with reasons for people, and
 * writes its answers as they are.
 */
import type { FeatureGroup, KeyType } from "@trilane/feature-groups";
import type { FastifySchema } from "fastify";
import type { ApiLimits } from "./limits.ts";
import { featuresJsonSchema, type JsonSchema } from "./features-json-schema.ts";

const TEXT: JsonSchema = { type: "string" };
const INSTANT: JsonSchema = { type: "string", description: "ISO 8601 in UTC, to the microsecond" };
const KEY_VALUE: JsonSchema = { type: ["string", "integer", "boolean"] };
/** Of declared key fields; text of the same meaning is taken as well. */
const KEY_VALUES: Readonly<Record<KeyType, JsonSchema>> = {
  integer: { type: ["integer", "string"], pattern: "^[+-]?[0-9]+$" },
  text: TEXT,
  boolean: { type: ["boolean", "string"], enum: [true, false, "true", "false"] },
};
const VERSION: JsonSchema = { type: "string", description: "Orders all records of a key; compare as text" };
const SOURCE: JsonSchema = { type: "string", enum: ["cache", "store"], description: "What answered" };

const ABSENT: JsonSchema = objectOf({
  group: TEXT,
  key: { type: "object" },
  status: { const: "absent" },
  reason: { type: "string", enum: ["not-written", "deleted", "expired"] },
  message: TEXT,
  version: { type: ["string", "null"] },
  eventTime: { type: ["string", "null"] },
  source: SOURCE,
});
const REFUSED: JsonSchema = objectOf({ status: { const: "refused" }, code: TEXT, message: TEXT });
const FAILED: JsonSchema = objectOf({ status: { const: "failed" }, code: TEXT, message: TEXT });

const FAILURES: Readonly<Record<string, JsonSchema>> = {
  422: described("The request is wrong; the message says how", REFUSED),
  500: described("The record is damaged, or does not fit today's schema", FAILED),
  503: described(
    "Store or cache cannot answer, or too many requests are under way; `Retry-After` says when to try again. " +
      "Nothing stale is served instead",
    FAILED,
  ),
};

export const groupsSchema: FastifySchema = {
  summary: "The feature groups with their key fields",
  response: {
    200: described(
      "The groups",
      objectOf({ groups: { type: "array", items: objectOf({ name: TEXT, key: { type: "array", items: TEXT } }) } }),
    ),
  },
};

export function singleSchema(group: FeatureGroup): FastifySchema {
  const explain: JsonSchema = {
    type: "string",
    enum: ["true", "false"],
    description: "Adds `explanation`: cache and store side by side",
  };
  const keyFields = Object.fromEntries(group.key.map((field) => [field, TEXT]));
  return {
    summary: `One record of ${group.name}`,
    tags: [group.name],
    querystring: { type: "object", properties: { explain, ...keyFields }, required: group.key },
    response: {
      200: described("The record", foundSchema(group)),
      404: described("No record; `reason` says why", ABSENT),
      ...FAILURES,
    },
  };
}

export function batchSchema(group: FeatureGroup, { keysMax }: ApiLimits): FastifySchema {
  const keys: JsonSchema = { type: "array", minItems: 1, maxItems: keysMax, items: keySchema(group) };
  return {
    summary: `Many records of ${group.name}`,
    description: "One result per key, in order; each says its own status.",
    tags: [group.name],
    body: objectOf({ keys }),
    response: {
      200: described("The results", objectOf({ results: { type: "array", items: resultSchema(group) } })),
      413: described("The body or the answer is too large", REFUSED),
      ...FAILURES,
    },
  };
}

export function vectorSchema(groups: readonly FeatureGroup[], { groupsMax }: ApiLimits): FastifySchema {
  const names: JsonSchema = { type: "string", enum: groups.map(({ name }) => name) };
  const keyFields = Object.fromEntries(groups.flatMap(({ key }) => key).map((field) => [field, KEY_VALUE]));
  const results = Object.fromEntries(groups.map((group) => [group.name, resultSchema(group)]));
  return {
    summary: "Several groups for one entity",
    description: "`key` has the key fields of all the groups asked for; each group takes its own.",
    tags: ["vectors"],
    body: objectOf({
      groups: { type: "array", minItems: 1, maxItems: groupsMax, uniqueItems: true, items: names },
      key: { type: "object", properties: keyFields, additionalProperties: false },
    }),
    response: {
      200: described("One result per group", objectOf({ groups: { type: "object", properties: results } })),
      ...FAILURES,
    },
  };
}

function resultSchema(group: FeatureGroup): JsonSchema {
  return { oneOf: [foundSchema(group), ABSENT, REFUSED, FAILED] };
}

function foundSchema(group: FeatureGroup): JsonSchema {
  return objectOf({
    group: { const: group.name },
    key: keySchema(group),
    status: { const: "found" },
    features: featuresJsonSchema(group),
    version: VERSION,
    eventTime: INSTANT,
    expiresAt: INSTANT,
    ageMs: { type: "integer", description: "Milliseconds from the event time to this answer" },
    source: SOURCE,
  });
}

function keySchema(group: FeatureGroup): JsonSchema {
  return objectOf(Object.fromEntries(group.key.map((field) => [field, keyValueSchema(group, field)])));
}

function keyValueSchema({ keyTypes }: FeatureGroup, field: string): JsonSchema {
  const type = keyTypes[field];
  return type === undefined ? KEY_VALUE : KEY_VALUES[type];
}

function objectOf(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: "object", properties, required: Object.keys(properties) };
}

function described(description: string, schema: JsonSchema): JsonSchema {
  return { description, ...schema };
}
