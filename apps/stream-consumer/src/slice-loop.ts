/**
 * Handles slices: pieces of bounded size, their receipts, then the commit of
 * the partition's low-water mark. While a slice is written, the next ones are
 * taken from the source, within a window; slices of one partition are settled in
 * their order.
 *
 * A piece that failed and may succeed later is not committed, and nothing behind
 * it. Its partition is paused, which drops the fetched records, and is resumed
 * after a backoff; then the source delivers it again from that piece on. So a
 * long outage of the store keeps no records in memory.
 */
import { type Platform, type RetryPolicy, writeUntilSettled } from "@trilane/lane-kit";
import { type Backoff, equalJitterMs, itemAt, messageOf, type Receipt } from "@trilane/write-through";
import { ConsumeCounts, type ConsumeReport } from "./report.ts";
import type { DeadLetterSink } from "./dead-letters.ts";
import { StreamError } from "./errors.ts";
import { type GatherLimits, GatheredWrites } from "./gathered-writes.ts";
import { type PieceOutcome, settlePiece, writePiece, type WrittenPiece } from "./handle-piece.ts";
import { handleUnreadable } from "./handle-unreadable.ts";
import { LowWaterMark } from "./low-water-mark.ts";
import { type PartitionLine, PartitionLines } from "./partition-lines.ts";
import { type PartitionStop, PartitionStops } from "./partition-stops.ts";
import { NO_RUN, type RefusedRun, type RunStop } from "./refused-run.ts";
import { isSkipped, type SkipRange } from "./skip-ranges.ts";
import { sizeOf, SliceWindow, type WindowLimits } from "./slice-window.ts";
import {
  type PartitionId,
  partitionName,
  type PositionReset,
  type Slice,
  type StreamRecord,
  type StreamSource,
  type UnreadableSlice,
} from "./stream-source.ts";
import type { TopicBindings } from "./topic-bindings.ts";
import { whileBeating } from "./while-beating.ts";

export interface SliceLoopOptions {
  readonly platform: Pick<Platform, "writer" | "clock" | "random" | "metrics" | "logger">;
  readonly source: Pick<StreamSource, "pause" | "resume">;
  readonly bindings: TopicBindings;
  readonly deadLetters: DeadLetterSink;
  /** The retries within one delivery of a slice. */
  readonly retry: RetryPolicy;
  /** The pauses between two deliveries of a slice that failed; there is no end to them. */
  readonly redelivery: Backoff;
  /** Records of a slice that are handled together. */
  readonly pieceRecordsMax: number;
  readonly gather: GatherLimits;
  readonly window: WindowLimits;
  /** So many refused records in a row stop their partition. */
  readonly refusedInRowMax: number;
  /** The offsets that an operator gives up. */
  readonly skip: readonly SkipRange[];
  /** Reports that the lane cannot go on. */
  readonly onFatal: (error: StreamError) => void;
}

const HEARTBEAT_INTERVAL_MS = 1_000;
const UNREADABLE: Receipt = { status: "dead", reason: "unreadable-batch", detail: "kept as one dead letter" };

export class SliceLoop {
  readonly #options: SliceLoopOptions;
  readonly #counts: ConsumeCounts;
  readonly #stops: PartitionStops;
  readonly #lines = new PartitionLines();
  readonly #window: SliceWindow;
  readonly #writes: GatheredWrites;
  readonly #runs = new Map<string, RefusedRun>();
  readonly #redeliveries = new Map<string, number>();
  readonly #cancelResume = new Map<string, () => void>();
  readonly #controller = new AbortController();
  #underWay = 0;
  #isEnding = false;
  #lastActivityMs: number;

  constructor(options: SliceLoopOptions) {
    this.#options = options;
    this.#counts = new ConsumeCounts(options.platform.metrics);
    this.#window = new SliceWindow(options.window);
    const { platform, retry } = options;
    this.#writes = new GatheredWrites(options.gather, {
      check: () => platform.writer.checkBefore({ lane: "stream" }),
      write: ({ changes, checked }, signal) =>
        writeUntilSettled(platform, changes, { lane: "stream", signal, retry, checked }),
    });
    this.#stops = new PartitionStops({ platform: options.platform, pause: (own) => options.source.pause(own) });
    this.#lastActivityMs = options.platform.clock.monotonicMs();
  }

  /**
   * When a slice was last begun, settled or given back, by the monotonic clock; now, while a slice is under way. A
   * slice may take minutes in an outage of the store, whose calls have limits of their own.
   */
  get lastActivityMs(): number {
    return this.#underWay > 0 ? this.#options.platform.clock.monotonicMs() : this.#lastActivityMs;
  }

  report(lag: number | null): ConsumeReport {
    return this.#counts.report(lag);
  }

  /** Partitions that stand still until an operator decides. */
  stopped(): readonly PartitionStop[] {
    return this.#stops.all();
  }

  isStopped(partition: PartitionId): boolean {
    return this.#stops.has(partition);
  }

  /** Other processes read these partitions now. */
  lost(partitions: readonly PartitionId[]): void {
    this.#stops.forget(partitions);
    for (const partition of partitions) {
      this.#runs.delete(partitionName(partition));
      this.#lines.close(partition);
    }
  }

  reset({ kind, topic, partition, wantedOffset, firstOffset }: PositionReset): void {
    const { logger } = this.#options.platform;
    const own = { topic, partition };
    const fields = {
      partition: partitionName(own),
      wantedOffset: String(wantedOffset),
      firstOffset: String(firstOffset),
    };
    if (kind === "remade") {
      this.#counts.forget(own);
      logger.error(fields, "the topic was deleted and made again, or lost its end; it is read from its start");
      return;
    }
    const lost = Number(firstOffset - (wantedOffset ?? firstOffset));
    this.#counts.addOvertaken(lost);
    logger.error({ ...fields, lost }, "retention took records away before they were read");
  }

  /** Slices under way end without a commit, and no partition is resumed any more. */
  abort(): void {
    this.#controller.abort(new Error("the stream lane stops"));
    for (const cancel of this.#cancelResume.values()) cancel();
    this.#cancelResume.clear();
  }

  /** No slice is begun any more. Resolves when those under way are settled. */
  async drain(): Promise<void> {
    this.#isEnding = true;
    await this.#lines.idle();
  }

  /** Resolves when all slices that came so far are settled, or will be delivered again. */
  idle(): Promise<void> {
    return this.#lines.idle();
  }

  /**
   * Resolves when the slice is taken, and the next one may come. Rejects with the heartbeat's error where the wait for
   * room was in vain.
   */
  async handle(slice: Slice): Promise<void> {
    const group = this.#options.bindings.get(slice.topic);
    if (group === undefined) throw new TypeError(`a slice of the topic ${slice.topic}, which is not bound`);
    const size = sizeOf(slice.records);
    const line = this.#lines.of(slice);
    const entered = this.#window.enter(size);
    const leave = (): void => this.#window.leave(size);
    try {
      await this.#beating(slice, entered);
    } catch (error) {
      void entered.then(leave);
      throw error;
    }
    // What does not begin any more is delivered again, to this process or to another one.
    if (this.#isEnding || this.#controller.signal.aborted || !line.isOpen) {
      leave();
      if (this.#isEnding) await this.#lines.idle();
      return;
    }
    slice.take();
    const generation = this.#counts.generationOf(slice);
    const mark = new LowWaterMark();
    this.#lines.add(slice, (own, before) =>
      this.#handleInLine({ slice, group, mark, generation, line: own, before }).finally(leave),
    );
  }

  /** Never rejects. */
  async #handleInLine(own: SliceUnderWay): Promise<void> {
    for (const piece of piecesOf(own.slice, this.#options.pieceRecordsMax)) {
      if (this.#controller.signal.aborted || !own.line.isOpen) break;
      const isSettled = await this.#handle(own, piece).catch((cause: unknown) => this.#unsure(own, piece, cause));
      if (!isSettled) break;
    }
    await own.before;
  }

  /** The brokers refused a heartbeat or a commit. If the partition is still this process's, it is read again. */
  async #unsure({ slice, line, before }: SliceUnderWay, { startOffset }: SlicePiece, cause: unknown): Promise<false> {
    await before;
    if (!line.isOpen || this.#controller.signal.aborted) return false;
    const text = `the brokers refused a heartbeat or a commit of ${partitionName(slice)}: ${messageOf(cause)}`;
    this.#giveBack(slice, new StreamError("PARTITION_UNSURE", text, { cause }), startOffset);
    return false;
  }

  async handleUnreadable(slice: UnreadableSlice): Promise<void> {
    const { skip, deadLetters } = this.#options;
    const generation = this.#counts.generationOf(slice);
    const line = this.#lines.of(slice);
    await this.#beating(slice, line.settled);
    // The slices before it are delivered again first.
    if (!line.isOpen) return;
    const outcome = await handleUnreadable(slice, { skip, deadLetters });
    this.#touch();
    switch (outcome.kind) {
      case "kept":
        // The number of records in the batch is unknown, so it counts as one.
        this.#counts.add({
          partition: slice,
          generation,
          records: [{ offset: slice.startOffset }],
          receipts: [UNREADABLE],
        });
        await slice.commit(slice.endOffset);
        break;
      case "stopped":
        this.#stops.stop(outcome.stop);
        break;
      case "failed":
        this.#giveBack(slice, outcome.error, slice.startOffset);
        break;
    }
  }

  /** True where the piece is settled and committed. */
  async #handle(own: SliceUnderWay, { records, startOffset, endOffset }: SlicePiece): Promise<boolean> {
    const { slice, mark, generation, line } = own;
    const piece = mark.begin(startOffset, endOffset);
    this.#underWay += 1;
    const outcome = await this.#settle(own, records).finally(() => {
      this.#underWay -= 1;
      this.#touch();
    });
    if (outcome.kind === "aborted") return false;
    if (outcome.kind === "failed") {
      this.#giveBack(slice, outcome.error, startOffset);
      return false;
    }
    this.#counts.add({ partition: slice, generation, records, receipts: outcome.receipts });
    this.#redeliveries.delete(partitionName(slice));
    if (outcome.kind === "stopped") {
      this.#lines.close(slice);
      await this.#stopAt(slice, records, outcome.stop);
      return false;
    }
    this.#runs.set(partitionName(slice), outcome.run);
    const offset = mark.settle(piece);
    if (offset !== null && line.isOpen) await slice.commit(offset);
    return true;
  }

  /** The records before the run are committed. */
  async #stopAt(slice: Slice, records: readonly StreamRecord[], stop: RunStop): Promise<void> {
    const { topic, partition } = slice;
    const [startOffset, lastOffset] = [itemAt(records, stop.startIndex).offset, itemAt(records, stop.lastIndex).offset];
    this.#runs.delete(partitionName(slice));
    if (stop.startIndex > 0) await slice.commit(startOffset);
    this.#stops.stop({ topic, partition, reason: stop.reason, detail: stop.detail, startOffset, lastOffset });
  }

  /** Writes the piece at once, and settles it after those before it. */
  async #settle(own: SliceUnderWay, records: readonly StreamRecord[]): Promise<PieceOutcome> {
    const { deadLetters, refusedInRowMax, skip } = this.#options;
    const { slice, before, line } = own;
    const written = await this.#write(own, records);
    await before;
    if (!line.isOpen) return { kind: "aborted" };
    const { topic, partition } = slice;
    return settlePiece(written, {
      deadLetters,
      refusedInRowMax,
      signal: this.#controller.signal,
      run: this.#runs.get(partitionName(slice)) ?? NO_RUN,
      isSkipped: ({ offset }) => isSkipped(skip, { topic, partition }, { firstOffset: offset, lastOffset: offset }),
    });
  }

  async #write({ slice, group }: SliceUnderWay, records: readonly StreamRecord[]): Promise<WrittenPiece> {
    const lost = new AbortController();
    const signal = AbortSignal.any([this.#controller.signal, lost.signal]);
    const { topic, partition } = slice;
    const work = writePiece({ topic, partition }, records, { writes: this.#writes, group, signal });
    return this.#beating(slice, work, (reason) => lost.abort(reason));
  }

  #beating<Value>(
    { heartbeat }: Pick<Slice, "heartbeat">,
    work: Promise<Value>,
    abort: (reason: unknown) => void = () => undefined,
  ): Promise<Value> {
    const { clock } = this.#options.platform;
    return whileBeating(work, { clock, intervalMs: HEARTBEAT_INTERVAL_MS, heartbeat, abort });
  }

  /** Nothing is committed: the partition is delivered again after a pause, or the lane ends. */
  #giveBack(source: PartitionId, error: StreamError, fromOffset: bigint): void {
    this.#lines.close(source);
    if (!error.retryable) {
      this.#options.onFatal(error);
      return;
    }
    const { platform, redelivery } = this.#options;
    const name = partitionName(source);
    const attempt = this.#redeliveries.get(name) ?? 0;
    this.#redeliveries.set(name, attempt + 1);
    const pauseMs = equalJitterMs(redelivery, attempt, platform.random);
    platform.logger.warn(
      { partition: name, pauseMs, attempt: attempt + 1, err: error },
      "slice failed; will be read again",
    );
    this.#options.source.pause(source, fromOffset);
    this.#resumeLater(source, pauseMs);
  }

  /** A source that cannot resume now is asked again; otherwise the partition would stand still. */
  #resumeLater(source: PartitionId, pauseMs: number): void {
    const { platform } = this.#options;
    const name = partitionName(source);
    this.#cancelResume.get(name)?.();
    const cancel = platform.clock.schedule(pauseMs, () => {
      this.#cancelResume.delete(name);
      this.#touch();
      try {
        this.#options.source.resume(source);
      } catch (error) {
        platform.logger.warn({ partition: name, pauseMs, err: error }, "cannot read the partition again yet");
        this.#resumeLater(source, pauseMs);
      }
    });
    this.#cancelResume.set(name, cancel);
  }

  #touch(): void {
    this.#lastActivityMs = this.#options.platform.clock.monotonicMs();
  }
}

interface SliceUnderWay {
  readonly slice: Slice;
  /** The feature group that its topic feeds. */
  readonly group: string;
  readonly mark: LowWaterMark;
  /** `ConsumeCounts` explains it. */
  readonly generation: number;
  readonly line: PartitionLine;
  /** Resolves when the slices before it are settled, or are out of line. */
  readonly before: Promise<void>;
}

interface SlicePiece {
  readonly records: readonly StreamRecord[];
  readonly startOffset: bigint;
  readonly endOffset: bigint;
}

/** Pieces of at most `recordsMax` records; the last one ends where the slice ends. */
export function piecesOf(slice: Pick<Slice, "records" | "endOffset">, recordsMax: number): readonly SlicePiece[] {
  if (slice.records.length === 0) {
    return [{ records: [], startOffset: slice.endOffset - 1n, endOffset: slice.endOffset }];
  }
  const pieces: SlicePiece[] = [];
  for (let from = 0; from < slice.records.length; from += recordsMax) {
    const records = slice.records.slice(from, from + recordsMax);
    const next = slice.records[from + recordsMax];
    pieces.push({
      records,
      startOffset: records[0]?.offset ?? slice.endOffset,
      endOffset: next === undefined ? slice.endOffset : next.offset,
    });
  }
  return pieces;
}
