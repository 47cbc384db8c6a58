/**
 * Checks the definition of a group. The compiler has checked most of it, but a
 * configuration may also be written in JavaScript, and numbers have ranges that
 * types do not express.
 */
import { type Lane, type Populate, SCHEMA_VERSION_MAX } from "@trilane/write-through";
import type { CheckOfLoads, EventTimeUnit, GroupDefinition, KeyForm } from "./define-group.ts";
import { years } from "./durations.ts";
import { FeatureGroupError, type FeatureGroupErrorCode } from "./errors.ts";
import type { KeyType } from "./key-types.ts";
import { shownValue } from "./shown-value.ts";

const NAME_SHAPE = /^[a-z][a-z0-9-]*$/;
const NAME_LENGTH_MAX = 64;
const KEY_FIELDS_MAX = 16;
const TTL_MS_MAX: number = years(1_000);

/** The compiler makes this complete: it asks for every option, unit, lane and way to populate. */
const OPTIONS: Readonly<Record<keyof GroupDefinition, true>> = {
  key: true,
  keyTypes: true,
  keys: true,
  eventTime: true,
  schema: true,
  ttlMs: true,
  tombstoneTtlMs: true,
  recordTtl: true,
  sequence: true,
  subject: true,
  populate: true,
  schemaVersion: true,
  checkOfLoads: true,
  maxFutureSkewMs: true,
};
const UNITS: Readonly<Record<EventTimeUnit, true>> = { iso: true, s: true, ms: true, us: true, timestamp: true };
const LANES: Readonly<Record<Lane, true>> = { batch: true, stream: true, "on-demand": true };
const KEY_TYPES: Readonly<Record<KeyType, true>> = { integer: true, text: true, boolean: true };
const KEY_FORMS: Readonly<Record<KeyForm, true>> = { plain: true, digests: true };
const POPULATES: Readonly<Record<Populate, true>> = { always: true, "if-cached": true };

const CHECKS_OF_LOADS: Readonly<Record<CheckOfLoads, true>> = { all: true, winners: true };

type Refuse = (code: FeatureGroupErrorCode, problem: string) => never;

/** @throws FeatureGroupError naming the group, the fault and the remedy */
export function checkDefinition(name: string, definition: GroupDefinition): void {
  const refuse: Refuse = (code, problem) => {
    throw new FeatureGroupError(code, `feature group "${name}": ${problem}`, { fields: { group: name } });
  };
  checkName(name, refuse);
  if (typeof definition !== "object" || definition === null) {
    refuse("INVALID_OPTION", `the definition is ${shownValue(definition)}; use defineGroup({ ... })`);
  }
  checkOptionNames(definition, refuse);
  checkKey(definition.key, refuse);
  checkEventTime(definition.eventTime, refuse);
  checkKeyTypes(definition, refuse);
  checkKeyForm(definition.keys, refuse);
  checkSchema(definition.schema, refuse);
  checkTtl(definition, refuse);
  checkRecordTtl(definition.recordTtl, refuse);
  checkField("sequence", definition.sequence, refuse);
  checkField("subject", definition.subject, refuse);
  checkPopulate(definition.populate, refuse);
  checkCheckOfLoads(definition.checkOfLoads, refuse);
  checkNumbers(definition, refuse);
}

function checkName(name: string, refuse: Refuse): void {
  if (!NAME_SHAPE.test(name) || name.length > NAME_LENGTH_MAX) {
    refuse(
      "INVALID_GROUP_NAME",
      `a name is a lower-case letter, then letters, digits and hyphens, at most ${NAME_LENGTH_MAX}`,
    );
  }
}

function checkOptionNames(definition: GroupDefinition, refuse: Refuse): void {
  const unknown = Object.keys(definition).filter((option) => !Object.hasOwn(OPTIONS, option));
  if (unknown.length === 0) return;
  refuse("INVALID_OPTION", `unknown option ${unknown.join(", ")}; the options are ${Object.keys(OPTIONS).join(", ")}`);
}

function checkKey(key: readonly unknown[], refuse: Refuse): void {
  if (!Array.isArray(key) || key.length === 0 || key.length > KEY_FIELDS_MAX) {
    refuse("INVALID_KEY_FIELDS", `\`key\` must list 1 to ${KEY_FIELDS_MAX} field names`);
  }
  const seen = new Set<unknown>();
  for (const field of key) {
    if (!isFieldName(field)) {
      refuse("INVALID_KEY_FIELDS", `\`key\` holds ${shownValue(field)}; name each key field as text`);
    }
    if (seen.has(field)) refuse("INVALID_KEY_FIELDS", `\`key\` names ${shownValue(field)} twice; remove one`);
    seen.add(field);
  }
}

function checkKeyTypes({ key, keyTypes, eventTime }: GroupDefinition, refuse: Refuse): void {
  if (keyTypes === undefined) return;
  const types = Object.keys(KEY_TYPES).join(", ");
  if (typeof keyTypes !== "object" || keyTypes === null || Array.isArray(keyTypes)) {
    refuse("INVALID_KEY_FIELDS", `\`keyTypes\` is ${shownValue(keyTypes)}; name a type for key fields: ${types}`);
  }
  for (const [field, type] of Object.entries(keyTypes)) {
    if (!key.includes(field)) {
      refuse("INVALID_KEY_FIELDS", `\`keyTypes\` names ${shownValue(field)}; the key fields are ${key.join(", ")}`);
    }
    if ("field" in eventTime && eventTime.field === field) {
      refuse("INVALID_KEY_FIELDS", `\`keyTypes\` names ${shownValue(field)}, the event time, whose unit is its type`);
    }
    if (!Object.hasOwn(KEY_TYPES, String(type))) {
      refuse("INVALID_KEY_FIELDS", `\`keyTypes\` holds ${field}: ${shownValue(type)}; the types are ${types}`);
    }
  }
}

function checkKeyForm(keys: GroupDefinition["keys"], refuse: Refuse): void {
  if (keys === undefined || Object.hasOwn(KEY_FORMS, String(keys))) return;
  refuse("INVALID_OPTION", `\`keys\` is ${shownValue(keys)}; use "plain", "digests", or leave it out`);
}

function checkEventTime(rule: GroupDefinition["eventTime"], refuse: Refuse): void {
  const remedy = 'use { field: "...", unit: "iso" | "s" | "ms" | "us" | "timestamp" } or { from: "source" }';
  if (typeof rule !== "object" || rule === null) {
    refuse("INVALID_EVENT_TIME_RULE", `\`eventTime\` is ${shownValue(rule)}; ${remedy}`);
  }
  if ("from" in rule) {
    if (rule.from === "source" && !("field" in rule)) return;
    refuse("INVALID_EVENT_TIME_RULE", `\`eventTime.from\` can only be "source", without a field; ${remedy}`);
  }
  if (!isFieldName(rule.field)) {
    refuse("INVALID_EVENT_TIME_RULE", `\`eventTime.field\` is ${shownValue(rule.field)}; ${remedy}`);
  }
  if (!Object.hasOwn(UNITS, String(rule.unit))) {
    refuse("INVALID_EVENT_TIME_RULE", `\`eventTime.unit\` is ${shownValue(rule.unit)}; ${remedy}`);
  }
}

function checkSchema(schema: GroupDefinition["schema"] | undefined, refuse: Refuse): void {
  if (typeof schema?.["~standard"]?.validate === "function") return;
  refuse("INVALID_SCHEMA", "`schema` is not a Standard Schema; use for example z.object({ ... }) of zod");
}

function checkTtl({ ttlMs, tombstoneTtlMs }: GroupDefinition, refuse: Refuse): void {
  const remedy = "give whole milliseconds from 1 up to a thousand years, for example days(30)";
  if (!isWholeBetween(ttlMs, 1, TTL_MS_MAX)) refuse("INVALID_TTL", `\`ttlMs\` is ${shownValue(ttlMs)}; ${remedy}`);
  if (tombstoneTtlMs === undefined) return;
  if (!isWholeBetween(tombstoneTtlMs, 1, TTL_MS_MAX)) {
    refuse("INVALID_TTL", `\`tombstoneTtlMs\` is ${shownValue(tombstoneTtlMs)}; ${remedy}`);
  }
  if (tombstoneTtlMs < ttlMs) {
    refuse(
      "INVALID_TTL",
      `\`tombstoneTtlMs\` (${tombstoneTtlMs}) is shorter than \`ttlMs\` (${ttlMs}): ` +
        "a deleted record that is delivered again would come back; make it at least as long",
    );
  }
}

function checkRecordTtl(rule: GroupDefinition["recordTtl"], refuse: Refuse): void {
  if (rule === undefined) return;
  const remedy = 'use { field: "...", unit: "s" | "ms" }, or leave it out';
  const isRule = typeof rule === "object" && rule !== null && isFieldName(rule.field);
  if (isRule && ["s", "ms"].includes(rule.unit)) return;
  refuse("INVALID_TTL", `\`recordTtl\` is ${shownValue(rule)}; ${remedy}`);
}

/** @throws FeatureGroupError CONFIG_INVALID */
export function checkReplayHorizon(replayHorizonMs: unknown): void {
  if (isWholeBetween(replayHorizonMs, 0, TTL_MS_MAX)) return;
  throw new FeatureGroupError(
    "CONFIG_INVALID",
    `\`replayHorizonMs\` is ${shownValue(replayHorizonMs)}; give whole milliseconds up to a thousand years, for example days(30)`,
  );
}

function checkField(option: "sequence" | "subject", field: unknown, refuse: Refuse): void {
  if (field === undefined || isFieldName(field)) return;
  refuse("INVALID_OPTION", `\`${option}\` is ${shownValue(field)}; name a field, or leave it out`);
}

function checkPopulate(populate: GroupDefinition["populate"], refuse: Refuse): void {
  if (populate === undefined) return;
  for (const [lane, choice] of Object.entries(populate)) {
    if (Object.hasOwn(LANES, lane) && Object.hasOwn(POPULATES, String(choice))) continue;
    refuse(
      "INVALID_OPTION",
      `\`populate\` holds ${lane}: ${shownValue(choice)}; ` +
        `the lanes are ${Object.keys(LANES).join(", ")}, each "always" or "if-cached"`,
    );
  }
}

function checkCheckOfLoads(choice: GroupDefinition["checkOfLoads"], refuse: Refuse): void {
  if (choice === undefined || Object.hasOwn(CHECKS_OF_LOADS, String(choice))) return;
  refuse("INVALID_OPTION", `\`checkOfLoads\` is ${shownValue(choice)}; choose "all" or "winners"`);
}

function checkNumbers({ schemaVersion, maxFutureSkewMs }: GroupDefinition, refuse: Refuse): void {
  if (schemaVersion !== undefined && !isWholeBetween(schemaVersion, 1, SCHEMA_VERSION_MAX)) {
    refuse(
      "INVALID_OPTION",
      `\`schemaVersion\` is ${shownValue(schemaVersion)}; count 1, 2, 3, ... to ${SCHEMA_VERSION_MAX}`,
    );
  }
  if (maxFutureSkewMs !== undefined && !isWholeBetween(maxFutureSkewMs, 0, TTL_MS_MAX)) {
    refuse("INVALID_OPTION", `\`maxFutureSkewMs\` is ${shownValue(maxFutureSkewMs)}; give whole milliseconds`);
  }
}

function isFieldName(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isWholeBetween(value: unknown, min: number, max: number): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max;
}
