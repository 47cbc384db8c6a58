/**
 * Reads by feature group: keys are encoded, the core reads, and its results are
 * decoded, checked against their version and typed by the group's schema.
 *
 * A record of another schema version passes through today's schema once more,
 * which fills in defaults of new fields. A record that the schema refuses is
 * reported, and never returned half-typed. So let a schema accept its own
 * output.
 */
import {
  type CoreError,
  decided,
  eventTimeUsOf,
  type Explanation,
  fillGaps,
  open,
  itemAt,
  type ReadResult,
  type ReadSource,
  type Slot,
  type Version,
} from "@trilane/write-through";
import { type CoreReader, oneEach } from "./core-ports.ts";
import { type FeatureConfig, type FeatureGroup, groupOf } from "./define-config.ts";
import { encodeKey } from "./entity-key.ts";
import { FeatureGroupError } from "./errors.ts";
import { validateFeatures } from "./features-schema.ts";
import { isPayloadOf } from "./intact-copy.ts";
import type { KnownPayloads, TextOfRecord } from "./known-payloads.ts";
import { decodePayload } from "./payload.ts";
import { plainSubjectDigests, type SubjectDigests } from "./subject-digest.ts";
import type { EntityKey, FeaturesOf, GroupDefinitions, GroupName } from "./typed-groups.ts";

export interface FeatureRecord<Features = Readonly<Record<string, unknown>>> {
  readonly key: string;
  readonly features: Features;
  /** Microseconds since 1970; `formatTimeUs` formats it. */
  readonly eventTimeUs: number;
  readonly version: Version;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
  readonly source: ReadSource;
}

export type FeatureResult<Features = Readonly<Record<string, unknown>>> =
  | { readonly kind: "found"; readonly record: FeatureRecord<Features> }
  /** There is no record. `version` is `NO_VERSION`, a tombstone's, or that of an expired record. */
  | { readonly kind: "absent"; readonly key: string; readonly version: Version; readonly source: ReadSource }
  /** The request is wrong: UNKNOWN_GROUP or INVALID_KEY. */
  | { readonly kind: "refused"; readonly error: FeatureGroupError }
  /** The core could not read (CoreError), or its result is not a record (FeatureGroupError). */
  | { readonly kind: "failed"; readonly key: string; readonly error: CoreError | FeatureGroupError };

/** A group's name with one of its keys. */
export type FeatureRequest<Groups extends GroupDefinitions = GroupDefinitions> = {
  readonly [Name in GroupName<Groups>]: { readonly group: Name; readonly key: EntityKey<Groups[Name]> };
}[GroupName<Groups>];

/** One result per request, each typed by its own group. */
export type FeatureResults<Groups extends GroupDefinitions, Requests extends readonly FeatureRequest<Groups>[]> = {
  readonly [Index in keyof Requests]: FeatureResult<FeaturesOf<Groups[Requests[Index]["group"]]>>;
};

export interface FeatureReader<Groups extends GroupDefinitions = GroupDefinitions> {
  /**
   * The current record of an entity, or null where there is none.
   * @throws FeatureGroupError for an unknown group, a bad key or a corrupt record; CoreError as the core gave it.
   */
  get<Name extends GroupName<Groups>>(
    group: Name,
    key: EntityKey<Groups[Name]>,
  ): Promise<FeatureRecord<FeaturesOf<Groups[Name]>> | null>;

  /** Reads any number of entities of any groups in one read of the core; each failure is in the entity's own result. */
  getMany<const Requests extends readonly FeatureRequest<Groups>[]>(
    requests: Requests,
  ): Promise<FeatureResults<Groups, Requests>>;

  /** As {@link getManyAsText}, for one entity. */
  getAsText(request: FeatureRequest<Groups>, textOf: TextOfRecord): Promise<FeatureResult<string>>;

  /**
   * As {@link getMany}, with the text that `textOf` makes of a record in place of its features. It is called once for a
   * record that is read again and again.
   */
  getManyAsText(
    requests: readonly FeatureRequest<Groups>[],
    textOf: TextOfRecord,
  ): Promise<readonly FeatureResult<string>[]>;

  /** Shows cache and store side by side. @throws FeatureGroupError for an unknown group or a bad key */
  explain<Name extends GroupName<Groups>>(group: Name, key: EntityKey<Groups[Name]>): Promise<Explanation>;
}

export interface FeatureReaderOptions {
  readonly digests?: SubjectDigests;
  /** Without it, each answer's text is made anew. */
  readonly known?: Pick<KnownPayloads, "textOf">;
}

export function createFeatureReader<Groups extends GroupDefinitions>(
  config: FeatureConfig<Groups>,
  core: CoreReader,
  { digests = plainSubjectDigests, known = makesEachText }: FeatureReaderOptions = {},
): FeatureReader<Groups> {
  const ports: ReadPorts = { config, core, digests };
  return {
    async get<Name extends GroupName<Groups>>(name: Name, keyValues: EntityKey<Groups[Name]>) {
      const group = groupOf(config, name);
      const key = encodeKey(group, keyValues, digests);
      const result = decodeResult(group, key, await core.readOne(key), { core, decode: asFeatures });
      if (result.kind === "absent") return null;
      if (result.kind === "found") return result.record as FeatureRecord<FeaturesOf<Groups[Name]>>;
      throw result.error;
    },

    async getMany<const Requests extends readonly FeatureRequest<Groups>[]>(requests: Requests) {
      const results = await readMany(ports, requests as readonly FeatureRequest[], asFeatures);
      return results as FeatureResults<Groups, Requests>;
    },

    async getAsText(request, textOf) {
      const slot = slotOf(ports, request as FeatureRequest);
      if (slot.kind === "decided") return slot.answer;
      const { group, key } = slot.request;
      return decodeResult(group, key, await core.readOne(key), { core, decode: asTextOf(textOf, known) });
    },

    getManyAsText: (requests, textOf) =>
      readMany(ports, requests as readonly FeatureRequest[], asTextOf(textOf, known)),

    explain: async (name, keyValues) => core.explain(encodeKey(groupOf(config, name), keyValues, digests)),
  };
}

interface KeyRead {
  readonly group: FeatureGroup;
  readonly key: string;
}

interface ReadPorts {
  readonly config: FeatureConfig;
  readonly core: CoreReader;
  readonly digests: SubjectDigests;
}

type FoundCopy = Extract<ReadResult, { readonly kind: "found" }>;
type Decode<Features> = (group: FeatureGroup, copy: FoundCopy) => Features;

const asFeatures: Decode<Readonly<Record<string, unknown>>> = (group, { payload }) => decodeFeatures(group, payload);
const makesEachText: Pick<KnownPayloads, "textOf"> = { textOf: (_use, _copy, make) => make() };

function asTextOf(textOf: TextOfRecord, known: Pick<KnownPayloads, "textOf">): Decode<string> {
  return (group, copy) => {
    const { version, payload, expiresAtMs } = copy;
    const make = (): string => textOf({ features: decodeFeatures(group, payload), version, expiresAtMs });
    return known.textOf({ group: group.name, textOf }, copy, make);
  };
}

async function readMany<Features>(
  ports: ReadPorts,
  requests: readonly FeatureRequest[],
  decode: Decode<Features>,
): Promise<readonly FeatureResult<Features>[]> {
  const { core } = ports;
  const slots = requests.map((request): Slot<FeatureResult<Features>, KeyRead> => slotOf(ports, request));
  return fillGaps(slots, async (reads) => {
    const keys = reads.map(({ key }) => key);
    const results = oneEach(keys, await core.read(keys), "results");
    const from = { core, decode };
    return reads.map(({ group, key }, at) => decodeResult(group, key, itemAt(results, at), from));
  });
}

function slotOf(
  { config, digests }: ReadPorts,
  request: FeatureRequest,
): Slot<Extract<FeatureResult, { readonly kind: "refused" }>, KeyRead> {
  try {
    const group = groupOf(config, request.group);
    return open({ group, key: encodeKey(group, request.key, digests) });
  } catch (error) {
    if (error instanceof FeatureGroupError) return decided({ kind: "refused", error });
    throw error;
  }
}

function decodeResult<Features>(
  group: FeatureGroup,
  key: string,
  result: ReadResult,
  { core: { checksCopies = false }, decode }: { readonly core: CoreReader; readonly decode: Decode<Features> },
): FeatureResult<Features> {
  if (result.kind === "failed") return { kind: "failed", key, error: result.error };
  const { version, source } = result;
  if (result.kind === "absent") return { kind: "absent", key, version, source };
  try {
    const isChecked = checksCopies && source === "cache";
    if (!isChecked) checkPayload(result.payload, version);
    const features = decode(group, result);
    const { expiresAtMs } = result;
    const eventTimeUs = eventTimeUsOf(version);
    return { kind: "found", record: { key, features, eventTimeUs, version, expiresAtMs, source } };
  } catch (error) {
    if (!(error instanceof FeatureGroupError)) throw error;
    return { kind: "failed", key, error };
  }
}

/** The check of a pair: the payload must have the hash that its version holds. */
function checkPayload(payload: Uint8Array, version: Version): void {
  if (isPayloadOf(version, payload)) return;
  throw new FeatureGroupError("CORRUPT_RECORD", `the payload is not the one that version ${version} names`);
}

function decodeFeatures(group: FeatureGroup, payload: Uint8Array): Readonly<Record<string, unknown>> {
  const { schemaVersion, features } = decodePayload(payload);
  if (schemaVersion === group.schemaVersion) return features;
  const valid = validateFeatures(group, features);
  if (valid.kind === "valid") return valid.features as Readonly<Record<string, unknown>>;
  throw new FeatureGroupError(
    "INCOMPATIBLE_RECORD",
    `a record of schema version ${schemaVersion} does not satisfy version ${group.schemaVersion} ` +
      `of group "${group.name}": ${valid.detail}; give new fields defaults, or load the group again`,
    { fields: { group: group.name, schemaVersion } },
  );
}
