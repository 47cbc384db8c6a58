/** The stream lane within a process's frame: consumes until a signal, then prints one line of JSON with what it did. */
import type { ProcessContext } from "@trilane/lane-kit";
import { readStreamConfig } from "./config.ts";
import { consume } from "./lane.ts";
import { consumerGroupsOf } from "./consumer-groups.ts";
import { openKafkaStream } from "./kafkajs/open-kafka-stream.ts";
import { type PartitionId, partitionName } from "./stream-source.ts";

const DRAIN_LIMIT_MS = 20_000;

/** @param args the command line's, without the program. */
export async function runStreamLane(
  { platform, lifecycle, health }: ProcessContext,
  args: readonly string[],
): Promise<void> {
  const { bindings, groupId, ...config } = readStreamConfig(args);
  const { logger, settings } = platform;
  const consumerGroups = consumerGroupsOf({ bindings, groupId, table: settings.table });
  const stream = await openKafkaStream({ ...config, consumerGroups, brokers: settings.kafkaBrokers, logger });
  try {
    const { source, deadLetters } = stream;
    let unread: readonly PartitionId[] = [];
    health?.addCheck("stream", async () => unreadyStream(source.assignment(), unread));
    const onUnread = (partitions: readonly PartitionId[]): void => {
      unread = partitions;
    };
    const consumed = consume({ platform, source, deadLetters, bindings, signal: lifecycle.signal, onUnread });
    // The writer must stay open until the slices under way have their receipts.
    const settled = consumed.then(
      () => undefined,
      () => undefined,
    );
    lifecycle.onShutdown("stream", { timeLimitMs: DRAIN_LIMIT_MS }, () => settled);
    process.stdout.write(`${JSON.stringify(await consumed)}\n`);
  } finally {
    await stream.close();
  }
}

const NAMED_MAX = 10;

/** Null when ready, else the reason. */
export function unreadyStream(
  assignment: readonly PartitionId[] | null,
  unread: readonly PartitionId[],
): string | null {
  if (assignment === null) return "not a member of the consumer group";
  if (unread.length === 0) return null;
  const names = unread.slice(0, NAMED_MAX).map(partitionName).join(", ");
  return `nobody reads ${names}${unread.length > NAMED_MAX ? ", ..." : ""}: does another program use the same consumer group for other topics?`;
}
