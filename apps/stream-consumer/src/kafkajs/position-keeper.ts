/**
 * Decides where a partition goes on when that is not after the last record that
 * was read: retention has removed records before they were read, or a topic was
 * deleted and created again. kafkajs resets such a position without a message,
 * or does not reset it at all if the new topic has already reached the old
 * position.
 *
 * A topic that is created again has another id. The id stands beside each
 * committed offset, so that the next process knows to which topic the offset
 * belongs. A crash at any moment leaves an offset with the id of the topic from
 * which it was read.
 */
import type { Platform } from "@trilane/lane-kit";
import type { Admin } from "kafkajs";
import { type PartitionId, partitionName, type PositionReset } from "../stream-source.ts";
import { type AskedCluster, readTopicMetadata } from "./topic-metadata.ts";

export interface PositionKeeperOptions {
  readonly groupId: string;
  readonly topics: readonly string[];
  /** Connected. */
  readonly admin: Admin;
  readonly cluster: () => AskedCluster | null;
  /** Makes the partition's next fetch begin at the offset. */
  readonly seek: (partition: PartitionId, offset: bigint) => void;
  readonly onReset: (reset: PositionReset) => void;
  readonly logger: Platform["logger"];
}

interface CommittedOffset {
  readonly offset: bigint;
  readonly metadata: string;
}

const METADATA_PREFIX = "topic-id=";

export class PositionKeeper {
  readonly #options: PositionKeeperOptions;
  #ids: ReadonlyMap<string, string> = new Map();

  constructor(options: PositionKeeperOptions) {
    this.#options = options;
  }

  /** The metadata beside a committed offset of the topic; null where its id is not known. */
  metadataOf(topic: string): string | null {
    const id = this.#ids.get(topic);
    return id === undefined ? null : `${METADATA_PREFIX}${id}`;
  }

  /**
   * To call before anything of the assignment is delivered: finds offsets that were committed for a topic of another
   * id.
   */
  async checkCommitted(assignment: readonly PartitionId[]): Promise<void> {
    await this.checkTopics(assignment);
    const committed = await this.#committedOffsets();
    for (const partition of assignment) {
      const own = committed.get(partitionName(partition));
      const now = this.metadataOf(partition.topic);
      if (own === undefined || now === null || own.metadata === now) continue;
      if (own.metadata.startsWith(METADATA_PREFIX)) this.#readFromStart(partition, own.offset);
    }
  }

  /** Finds topics that were created again while this process reads them. */
  async checkTopics(assignment: readonly PartitionId[]): Promise<void> {
    const cluster = this.#options.cluster();
    const now = cluster === null ? null : await readTopicMetadata(cluster, { topics: this.#options.topics });
    if (now === null) return;
    const before = this.#ids;
    // A topic that is missing for a while keeps its id, so that the next one is recognised as another.
    this.#ids = new Map([...before, ...[...now].map(([topic, { id }]) => [topic, id] as const)]);
    for (const partition of assignment) {
      const [old, own] = [before.get(partition.topic), now.get(partition.topic)?.id];
      if (old !== undefined && own !== undefined && old !== own) this.#readFromStart(partition, null);
    }
  }

  /**
   * Handles a partition without this offset. Resolves with the offset where it goes on; null where it has the offset by
   * now.
   */
  async recover(partition: PartitionId, wantedOffset: bigint): Promise<bigint | null> {
    const offsets = await this.#options.admin.fetchTopicOffsets(partition.topic);
    const own = offsets.find((one) => one.partition === partition.partition);
    if (own === undefined) return null;
    const [firstOffset, end] = [BigInt(own.low), BigInt(own.high)];
    if (wantedOffset >= firstOffset && wantedOffset <= end) return null;
    this.#options.seek(partition, firstOffset);
    this.#options.onReset({
      ...partition,
      kind: wantedOffset < firstOffset ? "overtaken" : "remade",
      wantedOffset,
      firstOffset,
    });
    return firstOffset;
  }

  /** Offsets begin at 0. If retention has already removed the first ones, the fetch reports it. */
  #readFromStart(partition: PartitionId, committed: bigint | null): void {
    this.#options.seek(partition, 0n);
    this.#options.onReset({ ...partition, kind: "remade", wantedOffset: committed, firstOffset: 0n });
  }

  async #committedOffsets(): Promise<ReadonlyMap<string, CommittedOffset>> {
    const { admin, groupId, topics } = this.#options;
    const offsets = new Map<string, CommittedOffset>();
    for (const { topic, partitions } of await admin.fetchOffsets({ groupId, topics: [...topics] })) {
      for (const { partition, offset, metadata } of partitions) {
        const committed = { offset: BigInt(offset), metadata: metadata ?? "" };
        if (committed.offset >= 0n) offsets.set(partitionName({ topic, partition }), committed);
      }
    }
    return offsets;
  }
}
