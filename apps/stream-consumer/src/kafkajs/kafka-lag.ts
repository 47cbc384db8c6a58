/**
 * Asks the brokers how far a consumer group is behind, which is true whatever
 * this process believes.
 */
import { systemClock } from "@trilane/write-through";
import kafkajs from "kafkajs";
import type { Admin } from "kafkajs";
import { type PartitionId, type PartitionLag, partitionName } from "../stream-source.ts";
import { readPartitions } from "./read-partitions.ts";

export interface ReadLagOptions {
  readonly groupId: string;
  readonly topics: readonly string[];
  /** The partitions that the asking process reads. */
  readonly assignment?: readonly PartitionId[];
}

/** A broker that has just started does not know its groups for a moment. */
const ATTEMPTS_MAX = 10;
const PAUSE_MS = 200;

/** The lag of every partition of the topics. `admin` must be connected. */
export async function readLag(admin: Admin, options: ReadLagOptions): Promise<readonly PartitionLag[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await readOnce(admin, options);
    } catch (error) {
      if (attempt === ATTEMPTS_MAX || !(error instanceof kafkajs.KafkaJSError) || !error.retriable) throw error;
      await systemClock.sleep(PAUSE_MS);
    }
  }
}

async function readOnce(admin: Admin, options: ReadLagOptions): Promise<readonly PartitionLag[]> {
  const { groupId, topics, assignment = [] } = options;
  const own = new Set(assignment.map(partitionName));
  const committedByName = await committedOffsets(admin, { groupId, topics });
  const read = await readPartitions(admin, groupId);
  const lags: PartitionLag[] = [];
  for (const topic of topics) {
    for (const { partition, high, low } of await admin.fetchTopicOffsets(topic)) {
      const name = partitionName({ topic, partition });
      const earliest = BigInt(low);
      const committed = committedByName.get(name) ?? earliest;
      lags.push({
        topic,
        partition,
        highWatermark: BigInt(high),
        // Records that retention has removed do not wait any more. An offset beyond the end belongs to an earlier topic
        // of this name.
        committed: committed > earliest && committed <= BigInt(high) ? committed : earliest,
        isAssigned: own.has(name),
        isRead: read === null ? null : read.has(name),
      });
    }
  }
  return lags;
}

async function committedOffsets(
  admin: Admin,
  { groupId, topics }: Pick<ReadLagOptions, "groupId" | "topics">,
): Promise<ReadonlyMap<string, bigint>> {
  const offsets = new Map<string, bigint>();
  for (const { topic, partitions } of await admin.fetchOffsets({ groupId, topics: [...topics] })) {
    for (const { partition, offset } of partitions) {
      // -1: the group has never committed here.
      if (BigInt(offset) >= 0n) offsets.set(partitionName({ topic, partition }), BigInt(offset));
    }
  }
  return offsets;
}
