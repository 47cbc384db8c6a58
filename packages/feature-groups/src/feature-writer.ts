/**
 * Writes by feature group: each input is parsed here, the records go to the
 * core in one call, and every input gets its receipt at its own position. Dead
 * and expired inputs are decided here and never reach the core.
 */
import {
  decided,
  fillGaps,
  type Lane,
  open,
  type Receipt,
  type Slot,
  type WriteOptions,
  type WriteRecord,
} from "@trilane/write-through";
import { type CoreWriter, oneEach } from "./core-ports.ts";
import type { FeatureConfig } from "./define-config.ts";
import { mapInTurns } from "./map-in-turns.ts";
import { type FeatureChange, parseChange, type ParseContext, type ParsedRecord } from "./parse-record.ts";
import { askedPlaces } from "./place.ts";
import type { DeleteInput, GroupDefinitions, GroupName, RecordInput } from "./typed-groups.ts";

export interface FeatureWriteOptions {
  readonly lane: Lane;
  /** Records not yet sent when it fires come back `failed`. */
  readonly signal?: AbortSignal | undefined;
  /** `ParseContext.sourceTimeUs` explains it; a change may carry its own. */
  readonly sourceTimeUs?: number | undefined;
}

/**
 * All methods return one receipt per input, in order, and throw only for a broken configuration (ASYNC_SCHEMA) or where
 * the core as a whole failed.
 */
export interface FeatureWriter<Groups extends GroupDefinitions = GroupDefinitions> {
  write<Name extends GroupName<Groups>>(
    group: Name,
    inputs: readonly RecordInput<Groups[Name]>[],
    options: FeatureWriteOptions,
  ): Promise<readonly Receipt[]>;

  delete<Name extends GroupName<Groups>>(
    group: Name,
    inputs: readonly DeleteInput<Groups[Name]>[],
    options: FeatureWriteOptions,
  ): Promise<readonly Receipt[]>;

  /**
   * Writes puts and deletes of any groups, as lanes decode them, in one call of the core. A change without a place gets
   * the place of this call's moment and its index, and the inputs of `write` and `delete` get such places too.
   */
  writeMany(changes: readonly FeatureChange[], options: FeatureWriteOptions): Promise<readonly Receipt[]>;
}

export function createFeatureWriter<Groups extends GroupDefinitions>(
  config: FeatureConfig<Groups>,
  core: CoreWriter,
): FeatureWriter<Groups> {
  const writeMany: FeatureWriter["writeMany"] = (changes, options) => writeChanges({ config, core }, changes, options);
  return {
    write: (group, inputs, options) =>
      writeMany(
        inputs.map((input) => ({ kind: "put", group, input })),
        options,
      ),
    delete: (group, inputs, options) =>
      writeMany(
        inputs.map((input) => ({ kind: "delete", group, input })),
        options,
      ),
    writeMany,
  };
}

interface WritePorts {
  readonly config: FeatureConfig;
  readonly core: CoreWriter;
}

async function writeChanges(
  { config, core }: WritePorts,
  changes: readonly FeatureChange[],
  { lane, signal, sourceTimeUs }: FeatureWriteOptions,
): Promise<readonly Receipt[]> {
  const time = core.timeOfDay();
  if (time.kind === "unconfirmed") return changes.map(() => ({ status: "failed", error: time.error }));
  const { nowMs } = time;
  const placeOf = askedPlaces(nowMs);
  const slots = await mapInTurns(changes, (change, index) => {
    const context: ParseContext = { lane, nowMs, sourceTimeUs, place: change.place ?? placeOf(index) };
    return slotOf(parseChange(config, change, context));
  });
  const options: WriteOptions = signal === undefined ? { lane } : { lane, signal };
  return fillGaps(slots, async (records) => oneEach(records, await core.write(records, options), "receipts"));
}

function slotOf(parsed: ParsedRecord): Slot<Receipt, WriteRecord> {
  switch (parsed.kind) {
    case "record":
      return open(parsed.record);
    case "expired":
      return decided({ status: "expired", version: parsed.version });
    case "dead":
      return decided({ status: "dead", reason: parsed.reason, detail: parsed.detail });
  }
}
