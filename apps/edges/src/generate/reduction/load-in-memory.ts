/**
 * Loads generated objects as the batch lane does, by the engine or row by row,
 * into a store and a cache in memory. A load may be killed at a checkpoint, and
 * objects may be unreadable at first; it is then loaded again until it is done.
 */
import {
  beatenInStore,
  beginUnit,
  columnsNeededBy,
  columnsTakenBy,
  type DeadRow,
  type FinishedUnit,
  formatOf,
  isOfObject,
  type LoadEngine,
  LoadError,
  type LoadLimits,
  loadLimitsDefaults,
  type ObjectBytes,
  openFormats,
  placesOf,
  planUnits,
  reduceLoad,
  RefusalCount,
  runUnits,
  type SourceObject,
  type UnitCheckpoint,
  type UnitOptions,
  uriOf,
  type WorkUnit,
  WritePace,
} from "@trilane/batch-loader/reading";
import {
  createFeatureWriter,
  type FeatureChange,
  type FeatureConfig,
  groupOf,
  plainSubjectDigests,
  rankOfChange,
} from "@trilane/feature-groups";
import { Metrics, retryDefaults } from "@trilane/lane-kit";
import {
  addCounts,
  type Clock,
  eventTimeUsOf,
  firstVersionAt,
  noReceipts,
  NO_VERSION,
  type ReceiptCounts,
  systemClock,
  type Version,
} from "@trilane/write-through";
import { type MemoryCore, openMemoryCore } from "./memory-core.ts";
import { GROUP, NOW_MS, type ReductionCase } from "./reduction-case.ts";

export interface LoadInMemory {
  readonly one: ReductionCase;
  /** By object. */
  readonly contents: readonly Uint8Array[];
  readonly config: FeatureConfig;
  /** Null: row by row. */
  readonly engine: LoadEngine | null;
  readonly isDisturbed: boolean;
}

export interface LoadedState {
  /** By key: version, expiry and payload as text. */
  readonly records: ReadonlyMap<string, string>;
  readonly counts: ReceiptCounts;
  /** Each refused row as text, in order. */
  readonly letters: readonly string[];
  /** Those of rows that no valid row of their key beats, and that have not expired. */
  readonly lettersOfWinners: readonly string[];
  /** The messages of objects that cannot be read. */
  readonly failures: readonly string[];
  readonly reducedUnits: number;
  readonly reasons: readonly string[];
}

const ATTEMPTS_MAX = 12;
const US_PER_MS = 1_000;
const clock: Clock = { ...systemClock, nowMs: () => NOW_MS };
/** Few checkpoints, of which each has several keys, and loads of any size. */
const LIMITS = { engineRowsMin: 0, enginePartBytes: 400, enginePartsMax: 3, parquetPartRowsMax: 1 };

class Killed extends Error {}

function isKilled(error: unknown): boolean {
  return error instanceof LoadError && error.cause instanceof Killed;
}

export async function loadInMemory(options: LoadInMemory): Promise<LoadedState> {
  const { one } = options;
  const objects = one.objects.map(({ lastModifiedMs }, index) =>
    sourceObject(options.contents[index], index, lastModifiedMs),
  );
  const limits: LoadLimits = {
    ...loadLimitsDefaults,
    ...LIMITS,
    engineDiskBytesMax: one.isInSteps ? 1 : loadLimitsDefaults.engineDiskBytesMax,
  };
  const core = await openMemoryCore(clock, refusesOf(one));
  const checkpoints = new MemoryCheckpoints(options.isDisturbed ? one.killedAt : null);
  const letters: Letters = new Map();
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const isFirst = attempt === 0 && options.isDisturbed;
    try {
      const done = await loadOnce({ ...options, objects, limits, core, checkpoints, letters, isFirst });
      if (done === null) continue;
      const records = await core.records();
      const all = [...letters.values()].flat().toSorted((left, right) => (left.text < right.text ? -1 : 1));
      const ofWinners = all.filter((letter) => isOfWinner(letter, options.config, records));
      return {
        ...done,
        records,
        letters: all.map(({ text }) => text),
        lettersOfWinners: ofWinners.map(({ text }) => text),
      };
    } catch (error) {
      if (!isKilled(error)) throw error;
    }
  }
  throw new Error(`the load was not done in ${ATTEMPTS_MAX} attempts`);
}

/** An erasure covers all versions of event times up to its own. */
function refusesOf({ erased }: ReductionCase): NonNullable<Parameters<typeof openMemoryCore>[1]> {
  const until = new Map<string, Version>();
  for (const { person, untilMs } of erased) {
    until.set(plainSubjectDigests.digestOf(person), firstVersionAt(untilMs * US_PER_MS + 1));
  }
  return (subject, version) => subject !== undefined && version < (until.get(subject) ?? NO_VERSION);
}

interface Attempt extends LoadInMemory {
  readonly objects: readonly SourceObject[];
  readonly limits: LoadLimits;
  readonly core: MemoryCore;
  readonly checkpoints: MemoryCheckpoints;
  readonly letters: Letters;
  /** Late objects cannot be read in this attempt. */
  readonly isFirst: boolean;
}

/** Null where an object could not be read yet. */
async function loadOnce(
  attempt: Attempt,
): Promise<Omit<LoadedState, "records" | "letters" | "lettersOfWinners"> | null> {
  const { objects, limits, config, checkpoints, engine } = attempt;
  const group = groupOf(config, GROUP);
  const reader = { open: (object: SourceObject) => openObject(object, attempt) };
  const formats = openFormats({ columnsNeeded: columnsNeededBy(group), columnsTaken: columnsTakenBy(group), limits });
  const plan = await planUnits({
    objects,
    reader: { open: (object) => openObject(object, { ...attempt, isFirst: false }) },
    formats,
    limits,
  });
  const unitOptions = unitOptionsOf(attempt, reader);
  const finished = await checkpoints.finishedUnits(plan.units.map(({ id }) => id));
  const isFinished = ({ id }: WorkUnit): boolean => finished.has(id);
  const onReceipts = (): void => undefined;
  const given = { engine, group, objects, units: plan.units, isFinished, unitOptions, checkpoints, limits, onReceipts };
  const reduced = await reduceLoad(given);
  const killed = reduced.failures.find(isKilled);
  if (killed !== undefined) throw killed;
  const othersAreLeft = [...plan.failures, ...reduced.failures].some((failure) => !isOfObject(failure));
  const begin = (unit: WorkUnit, call: Parameters<typeof beginUnit>[2]) => beginUnit(unit, unitOptions, call);
  const run = { run: begin, othersAreLeft };
  const outcome = await runUnits(reduced.rowUnits, { ...run, clock, limits, onReceipts, onUnitDone: onReceipts });
  const failures = [...plan.failures, ...reduced.failures, ...outcome.failures];
  if (failures.some(isKilled)) return null;
  if (failures.some((error) => error instanceof LoadError && error.retryable)) return null;
  const counts = addCounts(addCounts(noReceipts(), reduced.counts), outcome.counts);
  for (const before of finished.values()) addCounts(counts, before.counts);
  return {
    counts,
    failures: failures.map(({ message }) => message).toSorted(),
    reducedUnits: reduced.done.length,
    reasons: reduced.unreduced.map(({ reason }) => reason),
  };
}

function unitOptionsOf({ config, core, checkpoints, letters }: Attempt, reader: UnitOptions["reader"]): UnitOptions {
  const writer = createFeatureWriter(config, core.writer);
  return {
    platform: { config, clock, random: () => 0, writer, metrics: new Metrics(), cacheEpoch: core.writer },
    areBeaten: beatenInStore({ config, clock, subjects: plainSubjectDigests, coreReader: core.reader }),
    group: GROUP,
    reader,
    checkpoints,
    refusals: new RefusalCount(),
    deadLettersOf: ({ id, object }) => lettersOf(letters, `${id} ${uriOf(object)}`, object),
    retry: { ...retryDefaults, attemptsMax: 1 },
    pace: new WritePace({ clock, writesPerSecond: null }),
  };
}

interface Letter {
  readonly text: string;
  readonly reason: string;
  readonly change: FeatureChange;
}

type Letters = Map<string, readonly Letter[]>;

/** A unit that runs again has its letters once. */
function lettersOf(all: Letters, name: string, object: SourceObject): ReturnType<UnitOptions["deadLettersOf"]> {
  const rows: DeadRow[] = [];
  return {
    addAll: (some) => Promise.resolve(void rows.push(...some)),
    flush: () => {
      if (rows.length > 0)
        all.set(
          name,
          rows.map((row) => letterOf(object, row)),
        );
      return Promise.resolve();
    },
  };
}

function letterOf(object: SourceObject, { place: { row }, reason, detail, input }: DeadRow): Letter {
  const text = `${uriOf(object)} ${row} ${JSON.stringify([reason, detail, shown(input)])}`;
  const sourceTimeUs = object.lastModifiedMs * US_PER_MS;
  return { text, reason, change: { kind: "put", group: GROUP, input, place: placesOf(object)(row), sourceTimeUs } };
}

/** Reasons that the schema and the encoding find. */
const OF_FEATURES: ReadonlySet<string> = new Set(["invalid-features", "oversized-record"]);

function isOfWinner({ reason, change }: Letter, config: FeatureConfig, records: ReadonlyMap<string, string>): boolean {
  const rank = rankOfChange(config, change, { lane: "batch", nowMs: NOW_MS });
  if (!OF_FEATURES.has(reason) || rank === null) return true;
  const { ttlMs } = groupOf(config, GROUP);
  if (Math.floor(eventTimeUsOf(rank.versionMax) / US_PER_MS) + ttlMs <= NOW_MS) return false;
  const [version = ""] = (records.get(rank.key) ?? "").split(" ");
  return version === "nothing" || version < rank.versionMax;
}

/** The input with the types of its values. */
function shown(input: unknown): string {
  return Object.entries(input as object)
    .map(([name, value]) => `${name} ${typeof value} ${Object.is(value, -0) ? "-0" : String(value)}`)
    .join(", ");
}

function openObject(
  object: SourceObject,
  { contents, one, isFirst }: Pick<Attempt, "contents" | "one" | "isFirst">,
): ObjectBytes {
  const index = Number(object.key.replace(".parquet", ""));
  const bytes = contents[index] ?? new Uint8Array();
  const read = (start: number, end: number): Uint8Array<ArrayBuffer> => {
    const isFooter = end === bytes.length;
    if (isFirst && one.objects[index]?.isLate === true && !isFooter) {
      throw new LoadError("SOURCE_UNAVAILABLE", "not yet", { object: uriOf(object) });
    }
    return new Uint8Array(bytes.slice(start, end));
  };
  return {
    uri: uriOf(object),
    size: bytes.length,
    compression: null,
    bytes: async ({ start, end }) => read(start, end),
    async *stream({ start, end }) {
      yield read(start, end);
    },
  };
}

function sourceObject(bytes: Uint8Array | undefined, index: number, lastModifiedMs: number): SourceObject {
  const key = `${index}.parquet`;
  const format = formatOf(key);
  if (format === null) throw new TypeError("there is no format for Parquet");
  return { bucket: "generated", key, etag: `"${index}"`, size: bytes?.length ?? 0, lastModifiedMs, format };
}

/** The checkpoints of one load; it dies once, before or after the checkpoint of the given number. */
class MemoryCheckpoints {
  readonly #units = new Map<string, UnitCheckpoint>();
  readonly #killedAt: number | null;
  #finished = 0;

  constructor(killedAt: number | null) {
    this.#killedAt = killedAt;
  }

  finishedUnits(ids: readonly string[]): Promise<ReadonlyMap<string, UnitCheckpoint>> {
    const found = ids.flatMap((id) => {
      const unit = this.#units.get(id);
      return unit === undefined ? [] : [[id, unit] as const];
    });
    return Promise.resolve(new Map(found));
  }

  async finishUnit({ id, counts, note }: FinishedUnit): Promise<UnitCheckpoint> {
    const at = this.#finished;
    this.#finished += 1;
    const isBefore = at % 2 === 0;
    if (at === this.#killedAt && isBefore) throw killed();
    const known = this.#units.get(id) ?? { counts: { ...counts }, note: note ?? null };
    this.#units.set(id, known);
    if (at === this.#killedAt && !isBefore) throw killed();
    return known;
  }
}

function killed(): LoadError {
  return new LoadError("CHECKPOINT_UNAVAILABLE", "killed", { cause: new Killed() });
}
