/**
 * `defineConfig` checks every group once, fills in the options that were left
 * out, and returns the object that all lanes and readers share. Every fault of
 * a definition is reported here, at the start of a process, with the group and
 * the remedy; no record is refused later because of it.
 */
import type { Lane, Populate } from "@trilane/write-through";
import { checkDefinition, checkReplayHorizon } from "./check-definition.ts";
import type { CheckOfLoads, GroupDefinition, KeyForm, RecordTtlRule } from "./define-group.ts";
import { days } from "./durations.ts";
import { FeatureGroupError } from "./errors.ts";
import type { KeyType } from "./key-types.ts";
import { shownValue } from "./shown-value.ts";
import type { GroupDefinitions, GroupName } from "./typed-groups.ts";

/** A checked group with all defaults filled in. */
export interface FeatureGroup<Definition extends GroupDefinition = GroupDefinition> {
  readonly name: string;
  readonly key: Definition["key"];
  /** The declared types by key field; the object has no prototype. Other fields are taken as they are written. */
  readonly keyTypes: Readonly<Record<string, KeyType>>;
  readonly keys: KeyForm;
  readonly eventTime: Definition["eventTime"];
  readonly schema: Definition["schema"];
  readonly ttlMs: number;
  readonly tombstoneTtlMs: number;
  /** Null where the group's records have no ttl of their own. */
  readonly recordTtl: RecordTtlRule | null;
  /** Null where the group declares none. */
  readonly sequence: string | null;
  /** Null where the group declares none. */
  readonly subject: string | null;
  readonly populate: Readonly<Record<Lane, Populate>>;
  readonly schemaVersion: number;
  readonly maxFutureSkewMs: number;
  readonly checkOfLoads: CheckOfLoads;
}

export interface FeatureConfig<Groups extends GroupDefinitions = GroupDefinitions> {
  readonly kind: "trilane-config";
  /** The groups by name. The object has no prototype, so no name finds a value that is not a group. */
  readonly groups: { readonly [Name in keyof Groups]: FeatureGroup<Groups[Name]> };
  /** Milliseconds back from now to which a source may be replayed. */
  readonly replayHorizonMs: number;
}

const POPULATE_DEFAULT: Readonly<Record<Lane, Populate>> = {
  batch: "if-cached",
  stream: "always",
  "on-demand": "always",
};
const MAX_FUTURE_SKEW_MS_DEFAULT = 300_000;
const REPLAY_HORIZON_MS_DEFAULT: number = days(30);
/** Two processes' clocks may disagree on whether a record has expired, but never by a day. */
const TOMBSTONE_MARGIN_MS: number = days(1);

/**
 * Makes a configuration of feature groups; each has the name of its key in `groups`.
 * @throws FeatureGroupError naming the group, the option and the remedy
 */
export function defineConfig<const Groups extends GroupDefinitions>(options: {
  readonly groups: Groups;
  /**
   * Milliseconds back from now to which a source may be replayed: how long the oldest topic keeps its messages, or the
   * oldest file is loaded again. Deletes and erasures are remembered at least as long. Default 30 days.
   */
  readonly replayHorizonMs?: number;
}): FeatureConfig<Groups> {
  const replayHorizonMs = options.replayHorizonMs ?? REPLAY_HORIZON_MS_DEFAULT;
  checkReplayHorizon(replayHorizonMs);
  const names = Object.keys(options.groups);
  if (names.length === 0) {
    throw new FeatureGroupError("CONFIG_INVALID", "the configuration defines no group: add one to `groups`");
  }
  const groups: Record<string, FeatureGroup> = Object.create(null);
  for (const [name, definition] of Object.entries(options.groups)) {
    checkDefinition(name, definition);
    groups[name] = withDefaults(name, definition, replayHorizonMs);
  }
  return { kind: "trilane-config", groups: Object.freeze(groups) as FeatureConfig<Groups>["groups"], replayHorizonMs };
}

/** The group of this name. @throws FeatureGroupError UNKNOWN_GROUP, which lists the existing names */
export function groupOf<Groups extends GroupDefinitions, Name extends GroupName<Groups>>(
  config: FeatureConfig<Groups>,
  name: Name,
): FeatureGroup<Groups[Name]> {
  const group: FeatureGroup<Groups[Name]> | undefined = config.groups[name];
  if (group === undefined) {
    throw new FeatureGroupError("UNKNOWN_GROUP", unknownGroupMessage(config, name), { fields: { group: name } });
  }
  return group;
}

export function unknownGroupMessage(config: FeatureConfig, name: string): string {
  const names = Object.keys(config.groups).join(", ");
  return `no feature group ${shownValue(name)}: the configuration defines ${names}`;
}

function withDefaults(name: string, definition: GroupDefinition, replayHorizonMs: number): FeatureGroup {
  const { ttlMs } = definition;
  return Object.freeze({
    name,
    key: definition.key,
    keyTypes: Object.freeze(Object.assign(Object.create(null), definition.keyTypes)),
    keys: definition.keys ?? "plain",
    eventTime: definition.eventTime,
    schema: definition.schema,
    ttlMs,
    tombstoneTtlMs: definition.tombstoneTtlMs ?? Math.max(ttlMs, replayHorizonMs) + TOMBSTONE_MARGIN_MS,
    recordTtl: definition.recordTtl ?? null,
    sequence: definition.sequence ?? null,
    subject: definition.subject ?? null,
    populate: { ...POPULATE_DEFAULT, ...definition.populate },
    schemaVersion: definition.schemaVersion ?? 1,
    maxFutureSkewMs: definition.maxFutureSkewMs ?? MAX_FUTURE_SKEW_MS_DEFAULT,
    checkOfLoads: definition.checkOfLoads ?? "all",
  });
}
