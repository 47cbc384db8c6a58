/**
 * Loads the Parquet units of a load in two stages: the engine reduces them to
 * the winning rows of their keys, then these are written, a part of the keys at
 * a time. Units that it cannot reduce exactly are left to the row path, with
 * the reason.
 *
 * A crash loses the reduction, which costs little, and at most the parts that
 * were being written: `part-checkpoints.ts` says which rows each part has.
 */
import { type FeatureGroup, parseChange } from "@trilane/feature-groups";
import { confirmedNowMs } from "@trilane/lane-kit";
import { messageOf, noReceipts, type ReceiptCounts } from "@trilane/write-through";
import pLimit from "p-limit";
import { LoadError } from "../errors.ts";
import type { FormatLimits } from "../formats/format.ts";
import type { Checkpoints } from "../load/checkpoints.ts";
import { Drain } from "../load/drain.ts";
import type { UnitOptions } from "../load/run-unit.ts";
import type { WorkUnit } from "../load/work-unit.ts";
import type { SourceObject } from "../s3/source-object.ts";
import { type Copies, copyUnits } from "./copy-units.ts";
import { EngineMissing } from "./engine-process.ts";
import type { WinnerCheck } from "./check-winners.ts";
import {
  checksWinners,
  chooseUnits,
  type EngineUnit,
  groupReason,
  type NumberedUnit,
  type Unreduced,
} from "./engine-units.ts";
import type { EngineSession, LoadEngine } from "./load-engine.ts";
import {
  keepReductionRecord,
  PartCheckpoints,
  partName,
  readReductionRecord,
  type ReductionRecord,
} from "./part-checkpoints.ts";
import { type Persons, reduceFiles } from "./reduce-files.ts";
import { FILES_MAX } from "./reduction-sql.ts";
import { type HeldReduction, type PartCall, writeKeys, writeRest } from "./write-parts.ts";

export interface EngineLimits extends FormatLimits {
  /** A load with fewer rows is quicker row by row. */
  readonly engineRowsMin: number;
  /** A load with more units goes row by row: a checkpoint could not name them. */
  readonly engineUnitsMax: number;
  /** Bytes of columns that lie on the local disk at one time; a load with more is reduced in several steps. */
  readonly engineDiskBytesMax: number;
  /** Bytes of the objects for each part of the keys. */
  readonly enginePartBytes: number;
  readonly enginePartsMax: number;
  /** Milliseconds in which units under way may finish after the signal fired. */
  readonly drainMs: number;
}

export interface ReduceLoadOptions {
  /** Null: every unit goes row by row. */
  readonly engine: LoadEngine | null;
  readonly group: FeatureGroup;
  readonly objects: readonly SourceObject[];
  readonly units: readonly WorkUnit[];
  /** True for units that the row path has done before. */
  readonly isFinished: (unit: WorkUnit) => boolean;
  readonly unitOptions: UnitOptions;
  readonly checkpoints: Pick<Checkpoints, "finishedUnits" | "finishUnit">;
  readonly limits: EngineLimits;
  readonly signal?: AbortSignal | undefined;
  readonly onReceipts: (counts: ReceiptCounts) => void;
}

export interface ReducedLoad {
  /** The units that go row by row. */
  readonly rowUnits: readonly WorkUnit[];
  /** The units of which every row is written. */
  readonly done: readonly EngineUnit[];
  /** The number of them that were done before. */
  readonly doneBefore: number;
  readonly counts: ReceiptCounts;
  /** By the number of the object; null where it is not known. */
  readonly byObject: ReadonlyMap<number, ReceiptCounts> | null;
  readonly failures: readonly Error[];
  /** No further unit is to be loaded, because the store, the cache or the checkpoints failed. */
  readonly isStopped: boolean;
  readonly unreduced: readonly Unreduced[];
}

/** @throws LoadError CHECKPOINT_UNAVAILABLE, and CoreError CLOCK_UNCONFIRMED */
export async function reduceLoad(options: ReduceLoadOptions): Promise<ReducedLoad> {
  const { engine, units, isFinished, group } = options;
  const numbered = numberedUnits(options).filter(({ unit }) => !isFinished(unit));
  const columnar = numbered.filter(({ unit }) => unit.part.layout !== undefined);
  if (engine === null || columnar.length === 0) return byRows(options, []);
  const reason = groupReason(group) ?? (units.length > options.limits.engineUnitsMax ? "it has too many units" : null);
  const record = await readReductionRecord(options.checkpoints);
  if (reason !== null)
    return byRows(
      options,
      columnar.map(({ unit }) => ({ unit, reason })),
    );
  const nowMs = record?.nowMs ?? confirmedNowMs(options.unitOptions.platform);
  const { reader } = options.unitOptions;
  const choice = await chooseUnits(columnar, { group, reader, nowMs, signal: options.signal });
  const rows = choice.chosen.reduce((sum, unit) => sum + unit.rows, 0);
  if (record === null && rows < options.limits.engineRowsMin) return byRows(options, choice.others);
  const session = await engine.begin();
  try {
    // It starts meanwhile; a failure is seen where it is first needed.
    void session.engine().catch(() => undefined);
    const kept = record ?? (await keepReductionRecord(options.checkpoints, { nowMs, parts: partsOf(options) }));
    return await new Reduction(options, { session, record: kept, others: choice.others }).run(choice.chosen);
  } finally {
    await session.end();
  }
}

function numberedUnits({ objects, units }: ReduceLoadOptions): readonly NumberedUnit[] {
  const numbers = new Map(objects.map((object, index) => [object, index]));
  return units.map((unit, number) => ({ unit, number, objectNumber: numbers.get(unit.object) ?? 0 }));
}

function partsOf({ objects, limits }: ReduceLoadOptions): number {
  const bytes = objects.reduce((sum, { size }) => sum + size, 0);
  return Math.max(1, Math.min(limits.enginePartsMax, Math.ceil(bytes / limits.enginePartBytes)));
}

function byRows({ units, isFinished }: ReduceLoadOptions, unreduced: readonly Unreduced[]): ReducedLoad {
  const rowUnits = units.filter((unit) => !isFinished(unit));
  const nothing = { done: [], doneBefore: 0, counts: noReceipts(), byObject: null, failures: [], isStopped: false };
  return { ...nothing, rowUnits, unreduced };
}

/** Units that are reduced together, for the same parts. */
interface Step {
  readonly units: readonly EngineUnit[];
  readonly parts: readonly number[];
}

class Reduction {
  readonly #options: ReduceLoadOptions;
  readonly #session: EngineSession;
  readonly #record: ReductionRecord;
  readonly #others: Unreduced[];
  readonly #failures: Error[] = [];
  #isStopped = false;
  #isMissing = false;

  constructor(
    options: ReduceLoadOptions,
    given: { readonly session: EngineSession; readonly record: ReductionRecord; readonly others: readonly Unreduced[] },
  ) {
    this.#options = options;
    this.#session = given.session;
    this.#record = given.record;
    this.#others = [...given.others];
  }

  async run(chosen: readonly EngineUnit[]): Promise<ReducedLoad> {
    const { checkpoints, signal } = this.#options;
    const parts = await PartCheckpoints.read(checkpoints, this.#record);
    const doneBefore = chosen.filter(({ number }) => parts.isDone(number)).length;
    for (const step of this.#steps(chosen, parts)) {
      if (this.#isStopped || this.#isMissing || signal?.aborted === true) break;
      await this.#take(step, parts);
    }
    return this.#outcome(chosen, parts, doneBefore);
  }

  /** The steps in which all parts get all of their units. Parts that lack the same units share a step. */
  #steps(chosen: readonly EngineUnit[], parts: PartCheckpoints): readonly Step[] {
    const steps = new Map<string, { units: readonly EngineUnit[]; parts: number[] }>();
    for (let part = 0; part <= this.#record.parts; part += 1) {
      const lacking = chosen.filter(({ number }) => !parts.isCovered(part, number));
      const name = lacking.map(({ number }) => number).join();
      const step = steps.get(name);
      if (step !== undefined) step.parts.push(part);
      else if (lacking.length > 0) steps.set(name, { units: lacking, parts: [part] });
    }
    const { engineDiskBytesMax } = this.#options.limits;
    return [...steps.values()].flatMap((step) =>
      byShape(step.units).flatMap((units) =>
        cut(units, engineDiskBytesMax).map((some) => ({ units: some, parts: step.parts })),
      ),
    );
  }

  async #take({ units, parts }: Step, checkpoints: PartCheckpoints): Promise<void> {
    const { signal } = this.#options;
    try {
      const copies = await this.#copy(units);
      this.#others.push(...copies.damaged);
      this.#failures.push(...copies.failures);
      const shape = units[0]?.shape;
      if (shape === undefined || copies.files.length === 0) return;
      const stop = (): void => void this.#session.reset();
      signal?.addEventListener("abort", stop);
      const persons = this.#persons();
      const options = {
        session: this.#session,
        shape,
        parts: this.#record.parts,
        persons,
        check: this.#check(),
        signal,
      };
      const reduced = await reduceFiles(copies.files, options).finally(() =>
        signal?.removeEventListener("abort", stop),
      );
      this.#others.push(...reduced.refused);
      if (reduced.reduction !== null)
        await this.#write(reduced.reduction, { units: reduced.units, parts }, checkpoints);
    } catch (error) {
      this.#failed(error, units);
    } finally {
      await this.#session.clear();
    }
  }

  /** Copies while the engine starts, but for an engine that cannot be started nothing is copied any further. */
  async #copy(units: readonly EngineUnit[]): Promise<Copies> {
    const { signal, limits, unitOptions } = this.#options;
    const failed = new AbortController();
    const engine = this.#session.engine().catch((error: unknown) => {
      this.#isMissing = true;
      failed.abort(error);
    });
    const either = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]);
    const { folder } = this.#session;
    const copies = await copyUnits(units, { folder, signal: either, reader: unitOptions.reader, limits });
    await engine;
    either.throwIfAborted();
    return copies;
  }

  #persons(): Persons | null {
    const { group, unitOptions } = this.#options;
    const { writer } = unitOptions.platform;
    const mayBeErased = (person: string): boolean => writer.mayBeErased(person);
    return group.subject === null ? null : { subject: group.subject, mayBeErased };
  }

  #check(): WinnerCheck | null {
    const { group, unitOptions } = this.#options;
    if (!checksWinners(group)) return null;
    const context = { lane: "batch", nowMs: this.#record.nowMs } as const;
    const { config } = unitOptions.platform;
    return { group: group.name, takes: (change) => parseChange(config, change, context).kind !== "dead" };
  }

  async #write(reduction: HeldReduction, { units, parts }: Step, checkpoints: PartCheckpoints): Promise<void> {
    const { signal, limits, unitOptions, onReceipts } = this.#options;
    const numbers = units.map(({ number }) => number);
    const drain = new Drain({ clock: unitOptions.platform.clock, drainMs: limits.drainMs, signal });
    const limit = pLimit(PARTS_AT_ONCE);
    let isFailed = false;
    const write = async (part: number): Promise<void> => {
      if (isFailed || signal?.aborted === true) return;
      try {
        const call: PartCall = { id: partName(part), signal: drain.signal, onReceipts };
        const isRest = part === this.#record.parts;
        const written = isRest
          ? await writeRest(reduction, unitOptions, call)
          : await writeKeys(part, reduction, unitOptions, call);
        await checkpoints.finish({ part, units: numbers, ...written });
      } catch (error) {
        isFailed = true;
        // The limit of the drain ended the part, so the interruption is reported.
        if (!drain.signal.aborted || error !== drain.signal.reason) throw error;
      }
    };
    try {
      const outcomes = await Promise.allSettled(parts.map((part) => limit(() => write(part))));
      for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
    } finally {
      drain.close();
    }
  }

  /** A fault of the engine or of the local disk leaves the units to the row path; any other one ends the load. */
  #failed(error: unknown, units: readonly EngineUnit[]): void {
    if (this.#options.signal?.aborted === true) return;
    if (error instanceof LoadError) {
      this.#failures.push(error);
      this.#isStopped = true;
      return;
    }
    const reason = error instanceof EngineMissing ? MISSING : messageOf(error);
    this.#others.push(...units.map(({ unit }) => ({ unit, reason })));
  }

  #outcome(chosen: readonly EngineUnit[], parts: PartCheckpoints, doneBefore: number): ReducedLoad {
    const { units, isFinished } = this.#options;
    const done = chosen.filter(({ number }) => parts.isDone(number));
    const others = new Set(this.#others.map(({ unit }) => unit));
    const engineUnits = new Set(chosen.filter(({ unit }) => !others.has(unit)).map(({ unit }) => unit));
    const isStopped = this.#isStopped;
    return {
      rowUnits: isStopped ? [] : units.filter((unit) => !isFinished(unit) && !engineUnits.has(unit)),
      done,
      doneBefore,
      counts: parts.counts,
      byObject: parts.byObject,
      failures: this.#failures,
      isStopped,
      unreduced: this.#others,
    };
  }
}

/** While one waits for its checkpoint, others write. */
const PARTS_AT_ONCE = 4;
const MISSING = "the engine is not installed: add @duckdb/node-api";

function byShape(units: readonly EngineUnit[]): readonly (readonly EngineUnit[])[] {
  const shapes = new Map<unknown, EngineUnit[]>();
  for (const unit of units) {
    const known = shapes.get(unit.shape);
    if (known === undefined) shapes.set(unit.shape, [unit]);
    else known.push(unit);
  }
  return [...shapes.values()];
}

function cut(units: readonly EngineUnit[], bytesMax: number): readonly (readonly EngineUnit[])[] {
  const steps: EngineUnit[][] = [];
  let bytes = 0;
  for (const unit of units) {
    const last = steps.at(-1);
    bytes += unit.bytes;
    if (last !== undefined && bytes <= bytesMax && last.length < FILES_MAX) last.push(unit);
    else {
      steps.push([unit]);
      bytes = unit.bytes;
    }
  }
  return steps;
}
