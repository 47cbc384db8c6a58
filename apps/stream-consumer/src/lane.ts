/**
 * The stream lane: reads a group's partitions, writes every slice through the
 * one writer, and commits after the receipts, until the signal fires or it
 * cannot go on.
 *
 * At the signal no further slice is begun, those under way are finished and
 * committed within the drain limit, and the group is left. Records that were
 * not committed are delivered again later.
 */
import { type Platform, type RetryPolicy, retryDefaults } from "@trilane/lane-kit";
import type { ConsumeReport } from "./report.ts";
import type { DeadLetterSink } from "./dead-letters.ts";
import { monitorLag } from "./lag-monitor.ts";
import { type ConsumeLimits, consumeLimitsDefaults } from "./limits.ts";
import type { PartitionStop } from "./partition-stops.ts";
import { REFUSED_IN_ROW_MAX_DEFAULT } from "./refused-run.ts";
import type { SkipRange } from "./skip-ranges.ts";
import { SliceLoop } from "./slice-loop.ts";
import { type PartitionId, type StreamSource, totalLag } from "./stream-source.ts";
import { checkBindings, type TopicBindings } from "./topic-bindings.ts";

export interface ConsumeOptions {
  readonly platform: Pick<Platform, "writer" | "clock" | "random" | "metrics" | "logger" | "config">;
  /** It is not started, and the caller closes it. */
  readonly source: StreamSource;
  /** Feature group by topic. */
  readonly bindings: TopicBindings;
  readonly deadLetters: DeadLetterSink;
  /** Ends the run; without it only a failure does. */
  readonly signal?: AbortSignal;
  /** How records whose receipt is `failed` are sent again, within one delivery. */
  readonly retry?: RetryPolicy;
  readonly limits?: Partial<ConsumeLimits>;
  /** Called with the partitions of the bound topics that no process of the group reads, whenever they change. */
  readonly onUnread?: (partitions: readonly PartitionId[]) => void;
  /** So many refused records in a row stop their partition. */
  readonly refusedInRowMax?: number;
  /** Offsets that an operator gives up: records that would stop a partition there become dead letters. */
  readonly skip?: readonly SkipRange[];
  /** Gets, before anything is read, a function that returns the partitions that stand still. */
  readonly onStart?: (stopped: () => readonly PartitionStop[]) => void;
}

/**
 * Resolves after the signal with the report of this run.
 * @throws StreamError where the lane could not start or cannot go on
 */
export async function consume(options: ConsumeOptions): Promise<ConsumeReport> {
  const { platform, source, bindings, deadLetters, signal, retry = retryDefaults } = options;
  const limits = { ...consumeLimitsDefaults, ...options.limits };
  checkBindings(bindings, platform.config);
  const ended = Promise.withResolvers<void>();
  // The promise may be rejected before anything waits for it.
  ended.promise.catch(() => undefined);
  const { redelivery, pieceRecordsMax, callsMax, callRecordsMax, windowRecordsMax, windowBytesMax } = limits;
  const { besideRecordsMax, enoughRecords } = limits;
  const gather = { callsMax, recordsMax: callRecordsMax, besideRecordsMax, enoughRecords };
  const window = { recordsMax: windowRecordsMax, bytesMax: windowBytesMax };
  const onFatal = ended.reject;
  const { refusedInRowMax = REFUSED_IN_ROW_MAX_DEFAULT, skip = [] } = options;
  const own = { platform, source, bindings, deadLetters, retry, refusedInRowMax, skip };
  const loop = new SliceLoop({ ...own, redelivery, pieceRecordsMax, gather, window, onFatal });
  options.onStart?.(() => loop.stopped());
  const monitoring = new AbortController();
  signal?.addEventListener("abort", () => ended.resolve());
  if (signal?.aborted === true) return loop.report(null);
  try {
    const started = source.start({
      onSlice: (slice) => loop.handle(slice),
      onUnreadable: (slice) => loop.handleUnreadable(slice),
      onLost: (partitions) => loop.lost(partitions),
      onReset: (reset) => loop.reset(reset),
      onFailure: ended.reject,
    });
    await Promise.race([started, ended.promise]);
    void monitorLag(
      {
        platform,
        source,
        lastActivityMs: () => loop.lastActivityMs,
        isStopped: (partition) => loop.isStopped(partition),
        intervalMs: limits.lagIntervalMs,
        stallLimitMs: limits.stallLimitMs,
        onStalled: ended.reject,
        onUnread: options.onUnread ?? (() => undefined),
      },
      monitoring.signal,
    );
    await ended.promise;
  } catch (error) {
    loop.abort();
    platform.logger.error({ report: loop.report(null) }, "the stream lane ends early");
    throw error;
  } finally {
    monitoring.abort();
    const cancel = platform.clock.schedule(limits.drainLimitMs, () => loop.abort());
    await loop.drain();
    await source.stop();
    cancel();
    loop.abort();
  }
  return loop.report(await lagOf(source));
}

async function lagOf(source: StreamSource): Promise<number | null> {
  return source.lag().then(totalLag, () => null);
}
