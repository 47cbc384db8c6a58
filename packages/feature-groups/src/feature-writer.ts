/**
 * Writes by feature group: each input is parsed here, the records go to the
 * core in one call, and every input gets its receipt in its own place. Dead
 * and expired inputs are decided here and never reach the core.
 */
import type { Lane, Receipt, WriteOptions, WriteRecord } from "@trilane/write-through";
import type { CoreWriter } from "./core-ports.ts";
import type { FeatureConfig } from "./define-config.ts";
import { FeatureGroupError } from "./errors.ts";
import { mapInTurns } from "./map-in-turns.ts";
import { type FeatureChange, parseChange, type ParseContext, type ParsedRecord } from "./parse-record.ts";
import { askedPlaces } from "./place.ts";
import type { DeleteInput, GroupDefinitions, GroupName, RecordInput } from "./typed-groups.ts";

export interface FeatureWriteOptions {
  readonly lane: Lane;
  /** Records not yet sent when it fires come back `failed`. */
  readonly signal?: AbortSignal | undefined;
  /** See `ParseContext.sourceTimeUs`; a change may carry its own. */
  readonly sourceTimeUs?: number | undefined;
}

/**
 * All methods give one receipt per input, in order, and throw only for a broken configuration
 * (ASYNC_SCHEMA) or where the core as a whole failed.
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
   * Puts and deletes of any groups, as lanes decode them, in one call of the core. A change without a
   * place of its own has that of this call's moment and its index, and so has what `write` and `delete` take.
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

interface Parts {
  readonly config: FeatureConfig;
  readonly core: CoreWriter;
}

async function writeChanges(
  { config, core }: Parts,
  changes: readonly FeatureChange[],
  options: FeatureWriteOptions,
): Promise<readonly Receipt[]> {
  const { lane, signal, sourceTimeUs } = options;
  const time = core.timeOfDay();
  if (time.kind === "unconfirmed") return changes.map(() => ({ status: "failed", error: time.error }));
  const { nowMs } = time;
  const placeOf = askedPlaces(nowMs);
  const records: WriteRecord[] = [];
  const decided = await mapInTurns(changes, (change, index): Receipt | null => {
    const context: ParseContext = { lane, nowMs, sourceTimeUs, place: change.place ?? placeOf(index) };
    const parsed = parseChange(config, change, context);
    if (parsed.kind !== "record") return receiptOf(parsed);
    records.push(parsed.record);
    return null;
  });
  if (records.length === 0) return decided.filter((receipt) => receipt !== null);
  const coreOptions: WriteOptions = signal === undefined ? { lane } : { lane, signal };
  return mergeReceipts(decided, await core.write(records, coreOptions));
}

function receiptOf(parsed: Exclude<ParsedRecord, { readonly kind: "record" }>): Receipt {
  if (parsed.kind === "expired") return { status: "expired", version: parsed.version };
  return { status: "dead", reason: parsed.reason, detail: parsed.detail };
}

/** Puts the core's receipts, in order, where none was decided before. */
function mergeReceipts(decided: readonly (Receipt | null)[], written: readonly Receipt[]): readonly Receipt[] {
  let next = 0;
  const receipts = decided.map((receipt) => {
    if (receipt !== null) return receipt;
    const own = written[next];
    next += 1;
    if (own === undefined) throw countError(written.length);
    return own;
  });
  if (next !== written.length) throw countError(written.length);
  return receipts;
}

function countError(receipts: number): FeatureGroupError {
  return new FeatureGroupError("CORE_CONTRACT", `the core gave ${receipts} receipts, not one per record`);
}
