/**
 * The stream lane as a program: consumes until a signal, then prints its report
 * as one line of JSON.
 */
import { type LaneProgram, type ProcessContext, runLane } from "@trilane/lane-kit";
import { readStreamConfig, type StreamConfig, streamUsage } from "./config.ts";
import { consumerGroupsOf } from "./consumer-groups.ts";
import { openKafkaStream } from "./kafkajs/open-kafka-stream.ts";
import { consume, type ConsumeOptions } from "./lane.ts";
import { type PartitionStop, stopText } from "./partition-stops.ts";
import type { ConsumeReport } from "./report.ts";
import { type PartitionId, partitionName } from "./stream-source.ts";

const DRAIN_LIMIT_MS = 20_000;

export const streamLane: LaneProgram<StreamConfig> = {
  name: "stream-consumer",
  usage: streamUsage,
  readConfig: (args) => readStreamConfig(args),
  run: runStreamLane,
};

async function runStreamLane(context: ProcessContext, config: StreamConfig): Promise<void> {
  const { platform, health } = context;
  const { bindings, groupId, refusedInRowMax, skip, ...client } = config;
  const { logger, settings } = platform;
  const { table, kafkaBrokers: brokers, kafkaSecurity: security, region } = settings;
  const consumerGroups = consumerGroupsOf({ bindings, groupId, table });
  const stream = await openKafkaStream({ ...client, consumerGroups, table, brokers, security, region, logger });
  try {
    const { source, deadLetters } = stream;
    let unread: readonly PartitionId[] = [];
    let stopped: () => readonly PartitionStop[] = () => [];
    const onStart: ConsumeOptions["onStart"] = (own) => {
      stopped = own;
    };
    health?.addCheck("stream", async () => unreadyStream(source.assignment(), unread, stopped()));
    const onUnread = (partitions: readonly PartitionId[]): void => {
      unread = partitions;
    };
    const work = (signal: AbortSignal): Promise<ConsumeReport> =>
      consume({
        platform,
        source,
        deadLetters,
        bindings,
        signal,
        onUnread,
        onStart,
        refusedInRowMax,
        skip,
        limits: settings.streamWindow,
      });
    await runLane(context, { phase: "stream", timeLimitMs: DRAIN_LIMIT_MS, work });
  } finally {
    await stream.close();
  }
}

const NAMED_MAX = 10;

/** Null when ready, otherwise the reason. */
export function unreadyStream(
  assignment: readonly PartitionId[] | null,
  unread: readonly PartitionId[],
  stopped: readonly PartitionStop[] = [],
): string | null {
  if (assignment === null) return "not a member of the consumer group";
  if (stopped.length > 0) return stopped.slice(0, NAMED_MAX).map(stopText).join("; ");
  if (unread.length === 0) return null;
  const names = unread.slice(0, NAMED_MAX).map(partitionName).join(", ");
  return `nobody reads ${names}${unread.length > NAMED_MAX ? ", ..." : ""}: does another program use the same consumer group for other topics?`;
}
