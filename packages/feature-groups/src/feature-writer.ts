/**
 * Writes by feature group: each input is parsed here, the records go to the
 * core in one call, and every input gets its receipt at its own position. Dead
 * inputs, and those whose group's ttl is over, are decided here and never reach
 * the core.
 */
import {
  decided,
  fillGaps,
  type Lane,
  NO_VERSION,
  open,
  type RecordOwner,
  type Receipt,
  type Slot,
  type WriteOptions,
} from "@trilane/write-through";
import { type CoreWriter, oneEach } from "./core-ports.ts";
import type { FeatureConfig } from "./define-config.ts";
import { type Drafted, drafting } from "./draft-change.ts";
import { mapInTurns } from "./map-in-turns.ts";
import type { FeatureChange, ParseContext } from "./parse-record.ts";
import { askedPlaces } from "./place.ts";
import { plainSubjectDigests, type SubjectDigests } from "./subject-digest.ts";
import { BestDrafts, type Candidate, writeCandidates } from "./write-drafts.ts";
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

  /** False where no record of the person is erased, of whatever event time, as far as this process knows. */
  mayBeErased(person: string): boolean;
}

export function createFeatureWriter<Groups extends GroupDefinitions>(
  config: FeatureConfig<Groups>,
  core: CoreWriter,
  subjects: SubjectDigests = plainSubjectDigests,
): FeatureWriter<Groups> {
  const ports: WritePorts = { config, core, subjects };
  const writeMany: FeatureWriter["writeMany"] = (changes, options) => writeChanges(ports, changes, options);
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
    mayBeErased: (person) =>
      subjects.allDigestsOf(person).some((subject) => core.isErased(subject, FIRST_EVENT_TIME_US)),
  };
}

/** An erasure covers all times up to its own, so one that covers any time covers the first. */
const FIRST_EVENT_TIME_US = 1;

interface WritePorts {
  readonly config: FeatureConfig;
  readonly core: CoreWriter;
  readonly subjects: SubjectDigests;
}

async function writeChanges(
  { config, core, subjects }: WritePorts,
  changes: readonly FeatureChange[],
  { lane, signal, sourceTimeUs }: FeatureWriteOptions,
): Promise<readonly Receipt[]> {
  const time = core.timeOfDay();
  if (time.kind === "unconfirmed") return changes.map(() => ({ status: "failed", error: time.error }));
  const { nowMs } = time;
  const placeOf = askedPlaces(nowMs);
  const context: ParseContext = { lane, nowMs, sourceTimeUs, subjects };
  const draftOf = drafting(config, context, placeOf);
  const best = new BestDrafts();
  const slots = await mapInTurns(changes, (change, index) => slotOf(best.see(draftOf(change, index)), core));
  const options: WriteOptions = signal === undefined ? { lane } : { lane, signal };
  return fillGaps(slots, (candidates) =>
    writeCandidates(candidates, async (records) => oneEach(records, await core.write(records, options), "receipts")),
  );
}

function slotOf(parsed: Drafted, core: CoreWriter): Slot<Receipt, Candidate> {
  switch (parsed.kind) {
    case "draft":
      return open(parsed);
    case "refused":
      return decided({ status: "dead", reason: parsed.reason, detail: parsed.detail });
    case "record":
      return open({ kind: "made", record: parsed.record, expired: null });
    case "expired": {
      const { version, mark } = parsed;
      return mark === null
        ? decided({ status: "expired", version })
        : open({ kind: "made", record: mark, expired: version });
    }
    case "dead": {
      const { reason, detail, owner } = parsed;
      if (owner !== undefined && isErased(owner, core)) return decided({ status: "erased", version: NO_VERSION });
      return decided({ status: "dead", reason, detail, ...(owner === undefined ? {} : { owner }) });
    }
  }
}

/** A refused record of an erased person is kept as no dead letter. */
function isErased({ subject, eventTimeUs }: RecordOwner, core: CoreWriter): boolean {
  return core.isErased(subject, eventTimeUs ?? 0);
}
