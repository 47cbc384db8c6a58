/**
 * The stream over kafkajs 2.2.4, with the measures against that client's faults
 * (`StreamSource` says what this guarantees):
 *
 * - Neither its automatic commits nor its automatic positions are used, because
 *   both move past records that were not handled. Commits go through the
 *   batch's own function, because the consumer's does nothing once it is
 *   stopping.
 * - Any ordinary error of a handler ends it for good, silently. So handlers
 *   here reject with kafkajs's own retriable class, or with the error that
 *   kafkajs threw.
 * - A broker's next fetch waits for all batches of the last one, so fetches are
 *   small and several partitions are handled at a time.
 * - `fetch-responses.ts` decides which records are committed, where a fetch
 *   ends, and which batch cannot be read. `position-keeper.ts` handles
 *   positions that retention, or another topic of the same name, has moved.
 * - Batches without a visible record (markers, aborted records, batches that
 *   compaction emptied) never reach its handler. They become slices without
 *   records here, or the lag would never be 0.
 * - If it is stopped while it is still joining a group, it does not leave it,
 *   and stays a member that nobody knows. So the end waits for the join.
 */
import type { Platform } from "@trilane/lane-kit";
import { causesOf, isSettledWithin } from "@trilane/lane-kit";
import { messageOf, systemClock } from "@trilane/write-through";
import type { Admin, Batch, Consumer, EachBatchPayload, Kafka } from "kafkajs";
import { StreamError } from "../errors.ts";
import { SESSION_TIMEOUT_MS_DEFAULT } from "../options.ts";
import {
  type PartitionId,
  type PartitionLag,
  partitionName,
  type SliceHandlers,
  type StreamSource,
} from "../stream-source.ts";
import { adoptOffsets } from "./adopt-offsets.ts";
import { LoginPatience } from "./login-patience.ts";
import { deliverBatch } from "./deliver-batch.ts";
import { takeIncidentsOf } from "./fetch-responses.ts";
import { HEARTBEAT_WHENEVER_ASKED_MS } from "./heartbeat-interval.ts";
import { readLag } from "./kafka-lag.ts";
import { listTopics } from "./list-topics.ts";
import { PositionKeeper } from "./position-keeper.ts";
import { reachingBrokers } from "./reaching-brokers.ts";
import { subscribedAssigner } from "./subscribed-assigner.ts";
import type { AskedCluster } from "./topic-metadata.ts";

export interface KafkaSourceOptions {
  readonly groupId: string;
  readonly topics: readonly string[];
  /** Where the group has no offsets, it goes on from those of this group. */
  readonly formerGroupId?: string;
  readonly logger: Platform["logger"];
  /** The maximum of partitions that this process handles at the same time. */
  readonly slicesUnderWayMax?: number;
  /** About how many compressed bytes a slice has; a single larger record batch still comes. */
  readonly sliceBytesMax?: number;
  /** After so long the brokers give a silent process's partitions to others. */
  readonly sessionTimeoutMs?: number;
  /** After so long topics are looked at again, and new partitions are read from then on. */
  readonly metadataAgeMsMax?: number;
}

export const kafkaSourceDefaults = {
  slicesUnderWayMax: 4,
  sliceBytesMax: 512 * 1_024,
  sessionTimeoutMs: SESSION_TIMEOUT_MS_DEFAULT,
  metadataAgeMsMax: 60_000,
} as const;

const FETCH_WAIT_MS_MAX = 250;
const FETCH_BYTES_MAX = 8 * 1_024 * 1_024;
const REBALANCE_TIMEOUT_MS = 60_000;
/** The shutdown of a process leaves a little more. */
const JOINED_WITHIN_MS = 15_000;
/** It is less than a session, because no heartbeat is sent meanwhile. */
const CHECKED_WITHIN_MS = 5_000;

export class KafkaSource implements StreamSource {
  readonly #options: KafkaSourceOptions;
  readonly #consumer: Consumer;
  readonly #admin: Admin;
  #cluster: AskedCluster | null = null;
  #positions: PositionKeeper | null = null;
  /** Resolves when the positions of the assignment are known to be those of its topics. */
  #checked: Promise<void> = Promise.resolve();
  /** Resolves when the client is a member that reads, or has given up; null while it neither joins nor has to join. */
  #joining: PromiseWithResolvers<void> | null = null;
  #assignment: readonly PartitionId[] | null = null;
  /** The latest distribution, even while the partitions are distributed anew. */
  #lastAssignment: readonly PartitionId[] = [];
  /** By partition: the offset to which it was moved back, until records from there come. */
  readonly #rewound = new Map<string, bigint>();
  readonly #loginPatience = new LoginPatience(systemClock);
  #isStopping = false;

  constructor(kafka: Kafka, options: KafkaSourceOptions) {
    const { groupId, sliceBytesMax, sessionTimeoutMs, metadataAgeMsMax } = { ...kafkaSourceDefaults, ...options };
    this.#options = options;
    takeIncidentsOf(options.topics);
    this.#admin = kafka.admin();
    this.#consumer = kafka.consumer({
      groupId,
      partitionAssigners: [
        (assigning) => {
          this.#cluster = assigning.cluster;
          return subscribedAssigner(assigning);
        },
      ],
      allowAutoTopicCreation: false,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: HEARTBEAT_WHENEVER_ASKED_MS,
      rebalanceTimeout: REBALANCE_TIMEOUT_MS,
      metadataMaxAge: metadataAgeMsMax,
      maxBytesPerPartition: sliceBytesMax,
      maxBytes: FETCH_BYTES_MAX,
      minBytes: 1,
      maxWaitTimeInMs: FETCH_WAIT_MS_MAX,
      // Only committed records; an aborted transaction never happened.
      readUncommitted: false,
      retry: { restartOnFailure: async (error) => !this.#isStopping && isTransient(error) },
    });
  }

  start(handlers: SliceHandlers): Promise<void> {
    return reachingBrokers(this.#start(handlers));
  }

  async #start(handlers: SliceHandlers): Promise<void> {
    await this.#checkTopics();
    const { groupId, formerGroupId, topics, logger } = this.#options;
    if (formerGroupId !== undefined) await adoptOffsets(this.#admin, { groupId, formerGroupId, topics, logger });
    this.#positions = this.#keepPositions(handlers);
    this.#listen(handlers);
    if (!this.#isStopping) await this.#join(handlers);
  }

  async #join(handlers: SliceHandlers): Promise<void> {
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [...this.#options.topics], fromBeginning: true });
    // The signal may have come meanwhile, and then nothing may begin any more.
    if (this.#isStopping) return this.#consumer.disconnect();
    this.#joining = Promise.withResolvers();
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: this.#options.slicesUnderWayMax ?? kafkaSourceDefaults.slicesUnderWayMax,
      eachBatch: (payload) => this.#deliver(payload, handlers),
    });
  }

  /** Between two runs of the client there is nothing to pause: the next one begins at the last commit. */
  pause({ topic, partition }: PartitionId, fromOffset?: bigint): void {
    if (this.#isStopping) return;
    try {
      this.#consumer.pause([{ topic, partitions: [partition] }]);
      if (fromOffset === undefined) return;
      this.#rewound.set(partitionName({ topic, partition }), fromOffset);
      this.#consumer.seek({ topic, partition, offset: String(fromOffset) });
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
    await this.#positions?.checkTopics(this.#assignment ?? []);
    return readLag(this.#admin, { groupId, topics, assignment: this.#assignment ?? [] });
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#assignment = null;
    if (this.#joining !== null) {
      await isSettledWithin(this.#joining.promise, { clock: systemClock, limitMs: JOINED_WITHIN_MS });
    }
    await this.#consumer.disconnect();
  }

  async close(): Promise<void> {
    if (!this.#isStopping) await this.stop();
    await this.#admin.disconnect();
  }

  async #checkTopics(): Promise<void> {
    await this.#admin.connect();
    const existing = await listTopics(this.#admin);
    const missing = this.#options.topics.filter((topic) => !existing.includes(topic));
    if (missing.length === 0) return;
    throw new StreamError(
      "TOPIC_MISSING",
      `there is no topic ${missing.map((topic) => `"${topic}"`).join(", ")}: create it, or correct --topic`,
    );
  }

  async #deliver(payload: EachBatchPayload, handlers: SliceHandlers): Promise<void> {
    await this.#checked;
    // The position has moved meanwhile, so the fetched records belong to another position.
    if (payload.isStale() || this.#isAhead(payload.batch)) return;
    const { topic } = payload.batch;
    await deliverBatch(payload, {
      handlers,
      commitMetadata: this.#positions?.metadataOf(topic) ?? null,
      onOutOfRange: async (partition, offset) => (await this.#positions?.recover(partition, offset)) ?? null,
    });
  }

  /** Whether the records were fetched before the partition was moved back; another broker's fetch may have begun since. */
  #isAhead(batch: Batch): boolean {
    const name = partitionName(batch);
    const from = this.#rewound.get(name);
    if (from === undefined) return false;
    if (BigInt(fetchedOffsetOf(batch)) > from) return true;
    this.#rewound.delete(name);
    return false;
  }

  #keepPositions({ onReset }: SliceHandlers): PositionKeeper {
    const { groupId, topics, logger } = this.#options;
    return new PositionKeeper({
      groupId,
      topics,
      logger,
      onReset,
      admin: this.#admin,
      cluster: () => this.#cluster,
      seek: ({ topic, partition }, offset) => this.#consumer.seek({ topic, partition, offset: String(offset) }),
    });
  }

  /** Nothing but the commit is left to do, once the slices before it are settled. */
  async #deliverEmpty({ topic, partition }: PartitionId, endOffset: bigint, { onSlice }: SliceHandlers): Promise<void> {
    try {
      await onSlice({
        topic,
        partition,
        records: [],
        endOffset,
        heartbeat: () => Promise.resolve(),
        // The client has moved on by itself.
        take: () => undefined,
        commit: (offset) => {
          const metadata = this.#positions?.metadataOf(topic) ?? null;
          return this.#consumer.commitOffsets([{ topic, partition, offset: String(offset), metadata }]);
        },
      });
    } catch (error) {
      this.#options.logger.warn({ err: error, topic, partition }, "offsets without records are not committed yet");
    }
  }

  /** A check that fails, or takes too long, is repeated with the next look at the lag. */
  async #checkPositions(assignment: readonly PartitionId[]): Promise<void> {
    const checking = (this.#positions?.checkCommitted(assignment) ?? Promise.resolve()).catch((error: unknown) => {
      this.#options.logger.warn({ err: error }, "the brokers do not say to which topics the offsets belong");
    });
    await isSettledWithin(checking, { clock: systemClock, limitMs: CHECKED_WITHIN_MS });
  }

  /** A partition that comes back later is read anew, because another process may have brought it further. */
  #tellLost(assignment: readonly PartitionId[], { onLost }: SliceHandlers): void {
    const own = new Set(assignment.map(partitionName));
    const lost = this.#lastAssignment.filter((partition) => !own.has(partitionName(partition)));
    this.#lastAssignment = assignment;
    if (lost.length === 0) return;
    this.#consumer.resume(lost.map(({ topic, partition }) => ({ topic, partitions: [partition] })));
    onLost(lost);
  }

  /** The client itself gives up at the first login that is refused, as one is while a password is being renewed. */
  async #joinAgain(error: Error, handlers: SliceHandlers): Promise<void> {
    if (!this.#loginPatience.allows(error)) return handlers.onFailure(crashOf(error));
    this.#options.logger.warn({ error: error.message }, "the brokers refuse the login now; the lane tries it again");
    await this.#loginPatience.pause();
    if (this.#isStopping) return;
    try {
      await this.#join(handlers);
    } catch (cause) {
      await this.#joinAgain(cause instanceof Error ? cause : new Error(messageOf(cause)), handlers);
    }
  }

  #listen(handlers: SliceHandlers): void {
    const { CRASH, GROUP_JOIN, REBALANCING, END_BATCH_PROCESS, FETCH_START } = this.#consumer.events;
    this.#consumer.on(FETCH_START, () => this.#joining?.resolve());
    this.#consumer.on(CRASH, (event) => {
      this.#assignment = null;
      this.#joining?.resolve();
      this.#joining = event.payload.restart ? Promise.withResolvers() : null;
      if (this.#isStopping || event.payload.restart) return;
      void this.#joinAgain(event.payload.error, handlers);
    });
    this.#consumer.on(REBALANCING, () => {
      this.#assignment = null;
    });
    this.#consumer.on(GROUP_JOIN, ({ payload }) => {
      if (this.#isStopping) return;
      const assignment = Object.entries(payload.memberAssignment).flatMap(([topic, partitions]) =>
        partitions.map((partition) => ({ topic, partition })),
      );
      this.#assignment = assignment;
      this.#loginPatience.reset();
      // The client reads all positions anew.
      this.#rewound.clear();
      this.#tellLost(assignment, handlers);
      this.#options.logger.info({ assignment: payload.memberAssignment }, "joined the group");
      this.#checked = this.#checkPositions(assignment);
    });
    this.#consumer.on(END_BATCH_PROCESS, async ({ payload }) => {
      if (payload.batchSize > 0 || payload.lastOffset === null) return;
      await this.#deliverEmpty(payload, BigInt(payload.lastOffset) + 1n, handlers);
    });
  }
}

/** The offset at which the fetch of these records began, which the client's types do not tell. */
function fetchedOffsetOf(batch: Batch): string {
  return (batch as Batch & { readonly fetchedOffset: string }).fetchedOffset;
}

function crashOf(error: Error): StreamError {
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
