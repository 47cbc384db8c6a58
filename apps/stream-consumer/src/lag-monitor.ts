/**
 * Watches the lag, which is a metric for people. It also ends a consumer that
 * stands still although records wait, which no client library reports.
 * Committed offsets that move are activity, even where nothing came to a
 * handler, for example over compacted records or aborted transactions.
 */
import type { Platform } from "@trilane/lane-kit";
import { StreamError } from "./errors.ts";
import { type PartitionId, type PartitionLag, partitionName, totalLag, type StreamSource } from "./stream-source.ts";

export interface LagMonitorOptions {
  readonly platform: Pick<Platform, "clock" | "metrics" | "logger">;
  readonly source: Pick<StreamSource, "lag" | "assignment">;
  /** When something last happened, by the monotonic clock. */
  readonly lastActivityMs: () => number;
  /** A partition that waits for an operator is no stall. */
  readonly isStopped: (partition: PartitionId) => boolean;
  readonly intervalMs: number;
  readonly stallLimitMs: number;
  readonly onStalled: (error: StreamError) => void;
  /** Called with the partitions that no process of the group reads, whenever they change. */
  readonly onUnread: (partitions: readonly PartitionId[]) => void;
}

/** Runs until the signal fires. */
export async function monitorLag(options: LagMonitorOptions, signal: AbortSignal): Promise<void> {
  const { platform, intervalMs } = options;
  const gauge = platform.metrics.gauge("trilane_stream_lag_records", "Records that wait in the subscribed topics");
  let committed: bigint | null = null;
  let movedMs = platform.clock.monotonicMs();
  let unread = "";
  while (!signal.aborted) {
    try {
      const lags = await options.source.lag();
      gauge.set(totalLag(lags));
      const own = options.source.assignment() === null ? lags : lags.filter(({ isAssigned }) => isAssigned);
      const now = committedOf(own);
      if (now !== committed) movedMs = platform.clock.monotonicMs();
      committed = now;
      const waiting = totalLag(own.filter((lag) => !options.isStopped(lag)));
      checkStall(waiting, movedMs, options);
      unread = tellUnread(lags, unread, options);
    } catch (error) {
      platform.logger.warn({ err: error }, "the brokers do not say the lag");
    }
    await platform.clock.sleep(intervalMs, signal).catch(() => undefined);
  }
}

/** The sum over all partitions; another sum means another state. */
function committedOf(lags: readonly PartitionLag[]): bigint {
  return lags.reduce((sum, { committed }) => sum + committed, 0n);
}

/** Returns the names that have been reported; while the group distributes its partitions, those of before. */
function tellUnread(lags: readonly PartitionLag[], before: string, { platform, onUnread }: LagMonitorOptions): string {
  if (lags.some(({ isRead }) => isRead === null)) return before;
  const unread = lags.filter(({ isRead }) => isRead === false);
  const names = unread.map(partitionName).join(", ");
  if (names === before) return before;
  if (names !== "") platform.logger.error({ partitions: names }, "partitions that nobody reads");
  onUnread(unread);
  return names;
}

function checkStall(
  waiting: number,
  movedMs: number,
  { platform, lastActivityMs, stallLimitMs, onStalled }: LagMonitorOptions,
): void {
  const idleMs = platform.clock.monotonicMs() - Math.max(lastActivityMs(), movedMs);
  if (waiting === 0 || idleMs < stallLimitMs) return;
  onStalled(new StreamError("STALLED", `${waiting} records wait, and none was read for ${Math.round(idleMs)} ms`));
}
