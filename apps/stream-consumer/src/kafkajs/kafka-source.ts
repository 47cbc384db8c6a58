/**
 * The stream over kafkajs 2.2.4, and everything about that client that has to
 * be worked around (see docs of `StreamSource` for what this guarantees):
 *
 * - Neither its automatic commits nor its automatic positions are used: both
 *   move past records that were not handled. Commits go through the batch's
 *   own function, because the consumer's does nothing once it is stopping.
 * - Any ordinary error of a handler ends it for good, silently; handlers here
 *   reject with kafkajs's own retriable class, or with what kafkajs threw.
 * - A broker's next fetch waits for all batches of the last one: small
 *   fetches, several partitions at a time.
 * - Which records are committed, and where a fetch ends: `fetch-responses.ts`.
 * - Batches without a record that anybody sees (markers, aborted records, what
 *   compaction emptied) never reach the handler; they are committed here, or
 *   the lag would never be 0.
 */
import type { Platform } from "@trilane/lane-kit";
import { messageOf } from "@trilane/write-through";
import kafkajs from "kafkajs";
import type { Admin, Consumer, ConsumerCrashEvent, EachBatchPayload, Kafka } from "kafkajs";
import { StreamError } from "../errors.ts";
import { SESSION_TIMEOUT_MS_DEFAULT } from "../options.ts";
import type { PartitionId, PartitionLag, Slice, SliceHandlers, StreamSource } from "../stream-source.ts";
import { adoptOffsets } from "./adopt-offsets.ts";
import { readLag } from "./kafka-lag.ts";
import { recordOf } from "./record-of.ts";
import { subscribedAssigner } from "./subscribed-assigner.ts";

export interface KafkaSourceOptions {
  readonly groupId: string;
  readonly topics: readonly string[];
  /** Where the group has no offsets, it goes on from those of this one. */
  readonly formerGroupId?: string;
  readonly logger: Platform["logger"];
  /** Partitions handled at the same time by this process. */
  readonly slicesUnderWayMax?: number;
  /** Compressed bytes of a slice, about; a single larger record batch still comes. */
  readonly sliceBytesMax?: number;
  /** After which the brokers give a silent process's partitions to others. */
  readonly sessionTimeoutMs?: number;
}

export const kafkaSourceDefaults = {
  slicesUnderWayMax: 4,
  sliceBytesMax: 512 * 1_024,
  sessionTimeoutMs: SESSION_TIMEOUT_MS_DEFAULT,
} as const;

const FETCH_WAIT_MS_MAX = 250;
const FETCH_BYTES_MAX = 8 * 1_024 * 1_024;
const REBALANCE_TIMEOUT_MS = 60_000;
const METADATA_AGE_MS_MAX = 60_000;
const HEARTBEATS_PER_SESSION = 5;

export class KafkaSource implements StreamSource {
  readonly #options: KafkaSourceOptions;
  readonly #consumer: Consumer;
  readonly #admin: Admin;
  #assignment: readonly PartitionId[] | null = null;
  #isStopping = false;

  constructor(kafka: Kafka, options: KafkaSourceOptions) {
    const { groupId, sliceBytesMax, sessionTimeoutMs } = { ...kafkaSourceDefaults, ...options };
    this.#options = options;
    this.#admin = kafka.admin();
    this.#consumer = kafka.consumer({
      groupId,
      partitionAssigners: [subscribedAssigner],
      allowAutoTopicCreation: false,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: Math.floor(sessionTimeoutMs / HEARTBEATS_PER_SESSION),
      rebalanceTimeout: REBALANCE_TIMEOUT_MS,
      metadataMaxAge: METADATA_AGE_MS_MAX,
      maxBytesPerPartition: sliceBytesMax,
      maxBytes: FETCH_BYTES_MAX,
      minBytes: 1,
      maxWaitTimeInMs: FETCH_WAIT_MS_MAX,
      // Only committed records; an aborted transaction never happened.
      readUncommitted: false,
      retry: { restartOnFailure: async (error) => isTransient(error) },
    });
  }

  async start(handlers: SliceHandlers): Promise<void> {
    await this.#checkTopics();
    const { groupId, formerGroupId, topics, logger } = this.#options;
    if (formerGroupId !== undefined) await adoptOffsets(this.#admin, { groupId, formerGroupId, topics, logger });
    this.#listen(handlers);
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [...this.#options.topics], fromBeginning: true });
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: this.#options.slicesUnderWayMax ?? kafkaSourceDefaults.slicesUnderWayMax,
      eachBatch: (payload) => handleBatch(payload, handlers),
    });
  }

  /** Between two lives of the client there is nothing to pause: the next one begins at the last commit. */
  pause({ topic, partition }: PartitionId): void {
    if (this.#isStopping) return;
    try {
      this.#consumer.pause([{ topic, partitions: [partition] }]);
    } catch (error) {
      this.#options.logger.debug({ err: error, topic, partition }, "not paused");
    }
  }

  resume({ topic, partition }: PartitionId): void {
    if (!this.#isStopping) this.#consumer.resume([{ topic, partitions: [partition] }]);
  }

  assignment(): readonly PartitionId[] | null {
    return this.#assignment;
  }

  async lag(): Promise<readonly PartitionLag[]> {
    const { groupId, topics } = this.#options;
    return readLag(this.#admin, { groupId, topics, assignment: this.#assignment ?? [] });
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#assignment = null;
    await this.#consumer.disconnect();
  }

  async close(): Promise<void> {
    if (!this.#isStopping) await this.stop();
    await this.#admin.disconnect();
  }

  async #checkTopics(): Promise<void> {
    await this.#admin.connect();
    const existing = await this.#admin.listTopics();
    const missing = this.#options.topics.filter((topic) => !existing.includes(topic));
    if (missing.length === 0) return;
    throw new StreamError(
      "TOPIC_MISSING",
      `there is no topic ${missing.map((topic) => `"${topic}"`).join(", ")}: create it, or correct --topic`,
    );
  }

  #listen({ onFailure }: SliceHandlers): void {
    const { CRASH, GROUP_JOIN, REBALANCING, END_BATCH_PROCESS } = this.#consumer.events;
    this.#consumer.on(CRASH, (event) => {
      this.#assignment = null;
      if (this.#isStopping || event.payload.restart) return;
      onFailure(crashOf(event));
    });
    this.#consumer.on(REBALANCING, () => {
      this.#assignment = null;
    });
    this.#consumer.on(GROUP_JOIN, ({ payload }) => {
      this.#assignment = Object.entries(payload.memberAssignment).flatMap(([topic, partitions]) =>
        partitions.map((partition) => ({ topic, partition })),
      );
      this.#options.logger.info({ assignment: payload.memberAssignment }, "joined the group");
    });
    this.#consumer.on(END_BATCH_PROCESS, async ({ payload }) => {
      if (payload.batchSize > 0 || payload.lastOffset === null) return;
      const { topic, partition } = payload;
      await this.#consumer.commitOffsets([{ topic, partition, offset: after(payload.lastOffset) }]);
    });
  }
}

async function handleBatch(payload: EachBatchPayload, { onSlice }: SliceHandlers): Promise<void> {
  try {
    await onSlice(sliceOf(payload));
  } catch (error) {
    // By name: kafkajs looks at its own errors to tell a rebalance from the rest.
    if (error instanceof kafkajs.KafkaJSError) throw error;
    throw new kafkajs.KafkaJSError(`a slice was not handled: ${messageOf(error)}`, { retriable: true });
  }
}

function sliceOf({ batch, heartbeat, resolveOffset, commitOffsetsIfNecessary }: EachBatchPayload): Slice {
  const { topic, partition, messages } = batch;
  return {
    topic,
    partition,
    records: messages.map(recordOf),
    endOffset: BigInt(after(batch.lastOffset())),
    heartbeat,
    async commit(offset) {
      const partitions = [{ partition, offset: String(offset) }];
      await commitOffsetsIfNecessary({ topics: [{ topic, partitions }] });
      resolveOffset(String(offset - 1n));
    },
  };
}

function after(offset: string): string {
  return String(BigInt(offset) + 1n);
}

function crashOf({ payload: { error } }: ConsumerCrashEvent): StreamError {
  const unreadable = causesOf(error).find((cause) => cause instanceof StreamError);
  if (unreadable !== undefined) return unreadable;
  return new StreamError("CONSUMER_CRASHED", `the Kafka client gave up: ${error.name}: ${error.message}`, {
    cause: error,
  });
}

/** Reading the same bytes again changes nothing. */
function isTransient(error: Error): boolean {
  return !causesOf(error).some((cause) => cause instanceof StreamError && !cause.retryable);
}

function causesOf(error: unknown): readonly unknown[] {
  const causes: unknown[] = [];
  for (let next = error; next instanceof Error && !causes.includes(next); next = next.cause) causes.push(next);
  return causes;
}
