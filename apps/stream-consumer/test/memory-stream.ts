/**
 * A stream in memory under the contract of `StreamSource`: topics with
 * partitions, and committed offsets of one group. Only one process of the group
 * reads at a time.
 */
import { StreamError } from "../src/errors.ts";
import {
  type PartitionId,
  type PartitionLag,
  partitionName,
  type Slice,
  type SliceHandlers,
  type StreamRecord,
  type StreamSource,
} from "../src/stream-source.ts";

export interface MemoryStreamOptions {
  /** Partitions by topic. */
  readonly topics: Readonly<Record<string, number>>;
  readonly sliceRecordsMax?: number;
}

interface Partition extends PartitionId {
  readonly name: string;
  readonly records: StreamRecord[];
  /** Offsets of records that nobody can read. */
  readonly unreadable: Set<bigint>;
  /** The records before it were removed. */
  firstOffset: bigint;
  committed: bigint;
  /** Where the process that reads goes on. */
  position: bigint;
}

const SLICE_RECORDS_MAX = 7;

export class MemoryStream {
  readonly sliceRecordsMax: number;
  readonly partitions: readonly Partition[];
  /** Whether a process of the group reads. */
  isRead = false;
  readonly #listeners = new Set<() => void>();

  constructor({ topics, sliceRecordsMax = SLICE_RECORDS_MAX }: MemoryStreamOptions) {
    this.sliceRecordsMax = sliceRecordsMax;
    this.partitions = Object.entries(topics).flatMap(([topic, count]) =>
      Array.from({ length: count }, (_, partition) => ({
        topic,
        partition,
        name: partitionName({ topic, partition }),
        records: [],
        unreadable: new Set(),
        firstOffset: 0n,
        committed: 0n,
        position: 0n,
      })),
    );
  }

  produce(partition: PartitionId, values: readonly (string | Uint8Array | null)[], key: string | null = null): void {
    const { records } = this.partition(partition);
    for (const value of values) {
      records.push({
        offset: BigInt(records.length),
        timestampMs: 0,
        key: key === null ? null : Buffer.from(key),
        value: value === null ? null : Buffer.from(value),
        headers: [],
      });
    }
    this.changed();
  }

  produceUnreadable(partition: PartitionId): void {
    const { records, unreadable } = this.partition(partition);
    unreadable.add(BigInt(records.length));
    this.produce(partition, [null]);
  }

  takeAway(partition: PartitionId, beforeOffset: bigint): void {
    this.partition(partition).firstOffset = beforeOffset;
    this.changed();
  }

  partition(id: PartitionId): Partition {
    const found = this.partitions.find(({ name }) => name === partitionName(id));
    if (found === undefined) throw new TypeError(`there is no partition ${partitionName(id)}`);
    return found;
  }

  /** Resolves with the next {@link changed}. */
  nextChange(): Promise<void> {
    return new Promise((resolve) => this.#listeners.add(resolve));
  }

  changed(): void {
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener();
  }
}

export class MemorySource implements StreamSource {
  readonly #stream: MemoryStream;
  readonly #topics: readonly string[];
  readonly #paused = new Set<string>();
  #assignment: readonly Partition[] | null = null;
  #isStopping = false;
  #pumps: readonly Promise<void>[] = [];

  constructor(stream: MemoryStream, topics: readonly string[]) {
    this.#stream = stream;
    this.#topics = topics;
  }

  start(handlers: SliceHandlers): Promise<void> {
    const missing = this.#topics.filter((topic) => !this.#stream.partitions.some((one) => one.topic === topic));
    if (missing.length > 0) {
      const names = missing.map((topic) => `"${topic}"`).join(", ");
      return Promise.reject(new StreamError("TOPIC_MISSING", `there is no topic ${names}`));
    }
    if (this.#stream.isRead) throw new TypeError("another process of the group reads the stream in memory");
    this.#stream.isRead = true;
    this.#assignment = this.#own();
    for (const own of this.#assignment) own.position = own.committed;
    this.#pumps = this.#assignment.map((partition) => this.#pump(partition, handlers));
    return Promise.resolve();
  }

  pause(partition: PartitionId, fromOffset?: bigint): void {
    this.#paused.add(partitionName(partition));
    if (fromOffset !== undefined) this.#stream.partition(partition).position = fromOffset;
  }

  resume(partition: PartitionId): void {
    this.#paused.delete(partitionName(partition));
    this.#stream.changed();
  }

  assignment(): readonly PartitionId[] | null {
    return this.#assignment;
  }

  lag(): Promise<readonly PartitionLag[]> {
    const { isRead } = this.#stream;
    return Promise.resolve(
      this.#own().map(({ topic, partition, records, committed }) => {
        const isAssigned = this.#assignment !== null;
        return { topic, partition, highWatermark: BigInt(records.length), committed, isAssigned, isRead };
      }),
    );
  }

  async stop(): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#stream.changed();
    await Promise.all(this.#pumps);
    if (this.#assignment !== null) this.#stream.isRead = false;
    this.#assignment = null;
  }

  close(): Promise<void> {
    return this.stop();
  }

  #own(): readonly Partition[] {
    return this.#stream.partitions.filter(({ topic }) => this.#topics.includes(topic));
  }

  async #pump(partition: Partition, handlers: SliceHandlers): Promise<void> {
    while (!this.#isStopping) {
      const isWaiting = partition.position < BigInt(partition.records.length) && !this.#paused.has(partition.name);
      // A handler that rejects gets the same records again; one turn in between lets other work go on.
      if (isWaiting) await this.#deliver(partition, handlers).catch(() => new Promise(setImmediate));
      else await this.#stream.nextChange();
    }
  }

  async #deliver(own: Partition, { onSlice, onUnreadable, onReset }: SliceHandlers): Promise<void> {
    const { topic, partition, position, firstOffset } = own;
    if (position < firstOffset) {
      onReset({ topic, partition, kind: "overtaken", wantedOffset: position, firstOffset });
      own.committed = firstOffset;
      own.position = firstOffset;
      return;
    }
    if (own.unreadable.has(position)) {
      const ends = { startOffset: position, endOffset: position + 1n };
      return onUnreadable({ ...this.#frameOf(own), ...ends, bytes: Buffer.from("?"), detail: "it is too large" });
    }
    const from = Number(position);
    const fetched = own.records.slice(from, from + this.#stream.sliceRecordsMax);
    const bad = fetched.findIndex(({ offset }) => own.unreadable.has(offset));
    const records = bad === -1 ? fetched : fetched.slice(0, bad);
    const endOffset = position + BigInt(records.length);
    let isTaken = false;
    const { commit, ...frame } = this.#frameOf(own);
    return onSlice({
      ...frame,
      records,
      endOffset,
      take() {
        isTaken = true;
        own.position = endOffset;
      },
      commit(offset) {
        if (isTaken) own.committed = offset;
        return isTaken ? Promise.resolve() : commit(offset);
      },
    });
  }

  #frameOf(own: Partition): Pick<Slice, "topic" | "partition" | "heartbeat" | "commit"> {
    return {
      topic: own.topic,
      partition: own.partition,
      heartbeat: () => Promise.resolve(),
      commit(offset) {
        own.committed = offset;
        own.position = offset;
        return Promise.resolve();
      },
    };
  }
}
