/**
 * Writes by feature group: each input is parsed here, the records go to the
 * core in one call, and every input gets its receipt at its own position. Dead
 * inputs, and those whose group's ttl is over, are decided here and never reach
 * the core.
 */
import {
  itemAt,
  type Lane,
  NO_VERSION,
  type RecordOwner,
  type Receipt,
  type WriteOptions,
} from "@trilane/write-through";
import { type CoreWriter, oneEach } from "./core-ports.ts";
import type { DeadRecord } from "./dead-reasons.ts";
import type { FeatureConfig } from "./define-config.ts";
import { type Drafted, type Drafting, drafting } from "./draft-change.ts";
import { inTurns } from "./map-in-turns.ts";
import type { FeatureChange, ParseContext } from "./parse-record.ts";
import { askedPlaces } from "./place.ts";
import type { RecordDraft } from "./record-draft.ts";
import { plainSubjectDigests, type SubjectDigests } from "./subject-digest.ts";
import { Reduction, writeReduced } from "./write-drafts.ts";
import type { DeleteInput, GroupDefinitions, GroupName, RecordInput } from "./typed-groups.ts";

export interface FeatureWriteOptions {
  readonly lane: Lane;
  /** Records not yet sent when it fires come back `failed`. */
  readonly signal?: AbortSignal | undefined;
  /** `ParseContext.sourceTimeUs` explains it; a change may carry its own. */
  readonly sourceTimeUs?: number | undefined;
  /** The same changes, which were checked before the call; it checks none again. */
  readonly checked?: CheckedChanges | undefined;
}

/**
 * Changes of one later call, checked and reduced by key as they come. So a lane checks the next changes while the store
 * takes the last ones, and the call has less left to do.
 */
export interface CheckedChanges {
  /** To call for one list after the other. After a rejection nothing of them may be written. */
  add(changes: readonly FeatureChange[]): Promise<void>;
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
   * Writes puts and deletes of any groups, as lanes decode them, in one call of the core, or in several where there are
   * very many keys. A change without a place gets
   * the place of this call's moment and its index, and the inputs of `write` and `delete` get such places too.
   */
  writeMany(changes: readonly FeatureChange[], options: FeatureWriteOptions): Promise<readonly Receipt[]>;

  /** Begins to check the changes of a call of {@link writeMany}, which gets them and the same options. */
  checkBefore(options: Pick<FeatureWriteOptions, "lane" | "sourceTimeUs">): CheckedChanges;

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
    checkBefore: (options) => new Checks(ports, options),
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
  ports: WritePorts,
  changes: readonly FeatureChange[],
  { lane, signal, sourceTimeUs, checked }: FeatureWriteOptions,
): Promise<readonly Receipt[]> {
  const { core } = ports;
  const checks =
    checked === undefined ? await checkNow(ports, changes, { lane, sourceTimeUs }) : checksOf(checked, changes);
  const options: WriteOptions = signal === undefined ? { lane } : { lane, signal };
  return writeReduced(checks.reduction, {
    write: async (records) => oneEach(records, await core.write(records, options), "receipts"),
    redraft: (index) => checks.draftAgain(changes, index),
  });
}

type CheckOptions = Pick<FeatureWriteOptions, "lane" | "sourceTimeUs">;

interface CheckedPart {
  readonly from: number;
  readonly drafts: Drafting;
}

class Checks implements CheckedChanges {
  readonly reduction = new Reduction();
  readonly #ports: WritePorts;
  readonly #options: CheckOptions;
  readonly #parts: CheckedPart[] = [];

  constructor(ports: WritePorts, options: CheckOptions) {
    this.#ports = ports;
    this.#options = options;
  }

  async add(changes: readonly FeatureChange[]): Promise<void> {
    const { config, core, subjects } = this.#ports;
    const { reduction } = this;
    const time = core.timeOfDay();
    if (time.kind === "unconfirmed") {
      for (let left = changes.length; left > 0; left -= 1) reduction.decide({ status: "failed", error: time.error });
      return;
    }
    const { nowMs } = time;
    const context: ParseContext = { ...this.#options, nowMs, subjects };
    const from = reduction.entries.length;
    const placeOf = askedPlaces(nowMs);
    const drafts = drafting(config, context, (index) => placeOf(from + index));
    this.#parts.push({ from, drafts });
    await inTurns(changes, (change, index) => {
      const rank = drafts.rankOf(change);
      if (rank === null) add(drafts.draft(change, index), { reduction, core });
      else if (!reduction.addLost(rank)) reduction.add(drafts.draftOfRank(rank, change, index));
    });
  }

  /** The draft that the change gave before. */
  draftAgain(changes: readonly FeatureChange[], index: number): RecordDraft {
    const part = this.#parts.findLast(({ from }) => from <= index);
    const again = part?.drafts.draft(itemAt(changes, index), index - part.from);
    if (again?.kind === "draft") return again;
    throw new TypeError(`a change of the call gave a record, and now it is ${again?.kind ?? "unchecked"}`);
  }
}

async function checkNow(ports: WritePorts, changes: readonly FeatureChange[], options: CheckOptions): Promise<Checks> {
  const checks = new Checks(ports, options);
  await checks.add(changes);
  return checks;
}

/** @throws TypeError where other changes were checked */
function checksOf(checked: CheckedChanges, changes: readonly FeatureChange[]): Checks {
  if (checked instanceof Checks && checked.reduction.entries.length === changes.length) return checked;
  throw new TypeError(`other changes were checked than the ${changes.length} of the call`);
}

function add(
  drafted: Drafted,
  { reduction, core }: { readonly reduction: Reduction; readonly core: CoreWriter },
): void {
  switch (drafted.kind) {
    case "draft":
      return reduction.add(drafted);
    case "refused":
      return reduction.decide({ status: "dead", reason: drafted.reason, detail: drafted.detail });
    case "record":
      return reduction.add({ kind: "made", record: drafted.record, expired: null });
    case "expired": {
      const { version, mark } = drafted;
      if (mark === null) return reduction.decide({ status: "expired", version });
      return reduction.add({ kind: "made", record: mark, expired: version });
    }
    case "dead":
      return reduction.decide(receiptOfDead(drafted, core));
  }
}

function receiptOfDead({ reason, detail, owner }: DeadRecord, core: CoreWriter): Receipt {
  if (owner !== undefined && isErased(owner, core)) return { status: "erased", version: NO_VERSION };
  return { status: "dead", reason, detail, ...(owner === undefined ? {} : { owner }) };
}

/** A refused record of an erased person is kept as no dead letter. */
function isErased({ subject, eventTimeUs }: RecordOwner, core: CoreWriter): boolean {
  return core.isErased(subject, eventTimeUs ?? 0);
}
