/**
 * Partitions that stand still until an operator decides, while the others go
 * on. The process reports it in its log, its metrics and its readiness. A stop
 * is not stored: the next process that reads the partition stops at the same
 * place, unless it is told to skip it.
 */
import type { Metrics, Platform } from "@trilane/lane-kit";
import { type PartitionId, partitionName } from "./stream-source.ts";

export type StopReason =
  /** A batch that is damaged, or becomes too large. */
  | "unreadable-batch"
  /** So many records in a row were refused that the topic is not what the group expects. */
  | "refused-records"
  /** Records are plainly of another serialisation. */
  | "other-serialization";

export interface PartitionStop extends PartitionId {
  readonly reason: StopReason;
  /** The first offset that is not handled. */
  readonly startOffset: bigint;
  /** The last offset that is known to be wrong. */
  readonly lastOffset: bigint;
  /** A text for people. */
  readonly detail: string;
}

export interface PartitionStopsOptions {
  readonly platform: { readonly logger: Platform["logger"]; readonly metrics: Metrics };
  readonly pause: (partition: PartitionId) => void;
}

export class PartitionStops {
  readonly #options: PartitionStopsOptions;
  readonly #gauge: ReturnType<Metrics["gauge"]>;
  readonly #stops = new Map<string, PartitionStop>();

  constructor(options: PartitionStopsOptions) {
    this.#options = options;
    this.#gauge = options.platform.metrics.gauge(
      "trilane_stream_stopped_partitions",
      "Partitions that stand still until an operator decides",
    );
    this.#gauge.set(0);
  }

  all(): readonly PartitionStop[] {
    return [...this.#stops.values()];
  }

  has(partition: PartitionId): boolean {
    return this.#stops.has(partitionName(partition));
  }

  stop(stop: PartitionStop): void {
    const { reason, detail } = stop;
    this.#options.pause(stop);
    this.#stops.set(partitionName(stop), stop);
    this.#gauge.set(this.#stops.size);
    this.#options.platform.logger.error(
      { partition: partitionName(stop), offset: String(stop.startOffset), reason, detail, remedy: remedyOf(stop) },
      "partition stopped; the others go on",
    );
  }

  /** Other processes read these partitions now. */
  forget(partitions: readonly PartitionId[]): void {
    for (const partition of partitions) this.#stops.delete(partitionName(partition));
    this.#gauge.set(this.#stops.size);
  }
}

/** One line for people: which partition, where, why, and what to do. */
export function stopText(stop: PartitionStop): string {
  return `${partitionName(stop)} stands still at offset ${stop.startOffset}, ${stop.reason}: ${stop.detail}; ${remedyOf(stop)}`;
}

function remedyOf({ topic, partition, startOffset, lastOffset }: PartitionStop): string {
  return `to keep it as dead letters and go on, start the lane with --skip ${topic}/${partition}@${startOffset}-${lastOffset}`;
}
