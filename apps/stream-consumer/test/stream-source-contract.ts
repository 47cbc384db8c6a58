/** The contract of every stream source. Each test has a topic and a group of its own. */
import { afterEach, expect, test, vi } from "vitest";
import { StreamError } from "../src/errors.ts";
import {
  type PartitionId,
  partitionName,
  type PositionReset,
  type Slice,
  type StreamSource,
  totalLag,
  type UnreadableSlice,
} from "../src/stream-source.ts";

/** One topic with two partitions, and one group that reads it. */
export interface StreamUnderTest {
  readonly topic: string;
  produce(partition: number, values: readonly string[]): Promise<void>;
  /** A batch that is too large to be read, of one record. */
  produceUnreadable(partition: number): Promise<void>;
  /** Removes records, as retention does. */
  takeAway(partition: number, beforeOffset: number): Promise<void>;
  /** Makes another process of the group, which is not started. */
  openSource(topics?: readonly string[]): StreamSource;
  close(): Promise<void>;
}

export interface StreamSourceContractOptions {
  readonly open: () => Promise<StreamUnderTest>;
}

const WAIT = { timeout: 30_000, interval: 20 };
const RECORDS = 40;

const valuesOf = (name: string, count = RECORDS): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${name}${index}`);

/** May be called before the start has resolved. */
type Handle = (slice: Slice, source: StreamSource) => Promise<void>;

/** A source that runs, with what it has delivered. */
interface Running {
  readonly source: StreamSource;
  readonly failures: readonly Error[];
  readonly unreadable: readonly UnreadableSlice[];
  readonly resets: readonly PositionReset[];
  /** All values that were delivered, by partition, in order. */
  values(partition: number): readonly string[];
  stop(): Promise<void>;
}

export function streamSourceContract({ open }: StreamSourceContractOptions): void {
  const cleanups: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  });

  async function openStream(): Promise<StreamUnderTest> {
    const stream = await open();
    cleanups.push(() => stream.close());
    return stream;
  }

  async function start(stream: StreamUnderTest, handle: Handle): Promise<Running> {
    const source = stream.openSource();
    const delivered = new Map<number, string[]>();
    const failures: Error[] = [];
    const unreadable: UnreadableSlice[] = [];
    const resets: PositionReset[] = [];
    cleanups.push(() => source.close());
    await source.start({
      onSlice(slice) {
        const values = slice.records.map(({ value }) => Buffer.from(value ?? []).toString());
        delivered.set(slice.partition, [...(delivered.get(slice.partition) ?? []), ...values]);
        return handle(slice, source);
      },
      async onUnreadable(slice) {
        unreadable.push(slice);
        source.pause(slice);
      },
      onLost: () => undefined,
      onReset: (reset) => void resets.push(reset),
      onFailure: (error) => void failures.push(error),
    });
    return {
      source,
      failures,
      unreadable,
      resets,
      values: (partition) => delivered.get(partition) ?? [],
      stop: () => source.stop(),
    };
  }

  const commitAll: Handle = (slice) => slice.commit(slice.endOffset);
  const isCaughtUp = async (source: StreamSource): Promise<boolean> => totalLag(await source.lag()) === 0;

  test("delivers every record of every partition once, in order, when each slice is committed", async () => {
    const stream = await openStream();
    await stream.produce(0, valuesOf("a"));
    await stream.produce(1, valuesOf("b"));
    const running = await start(stream, commitAll);
    await vi.waitUntil(() => isCaughtUp(running.source), WAIT);
    await stream.produce(0, ["last"]);
    await vi.waitUntil(() => running.values(0).length > RECORDS, WAIT);
    await running.stop();
    expect(running.values(0)).toEqual([...valuesOf("a"), "last"]);
    expect(running.values(1)).toEqual(valuesOf("b"));
    expect(running.failures).toEqual([]);
  });

  test("gives slices with rising offsets that end behind their last record", async () => {
    const stream = await openStream();
    await stream.produce(0, valuesOf("a"));
    const ends: bigint[] = [];
    const running = await start(stream, async (slice) => {
      const offsets = slice.records.map(({ offset }) => offset);
      expect(offsets).toEqual(offsets.toSorted((left, right) => Number(left - right)));
      expect(offsets.at(0) ?? 0n).toBeGreaterThanOrEqual(ends.at(-1) ?? 0n);
      expect(slice.endOffset).toBeGreaterThan(offsets.at(-1) ?? -1n);
      await slice.heartbeat();
      ends.push(slice.endOffset);
      await slice.commit(slice.endOffset);
    });
    await vi.waitUntil(() => isCaughtUp(running.source), WAIT);
    await running.stop();
    expect(ends.at(-1)).toBe(BigInt(RECORDS));
  });

  test("has one slice of a partition under way at a time", async () => {
    const stream = await openStream();
    await stream.produce(0, valuesOf("a"));
    let underWay = 0;
    let most = 0;
    const running = await start(stream, async (slice) => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => setTimeout(resolve, 5));
      await slice.commit(slice.endOffset);
      underWay -= 1;
    });
    await vi.waitUntil(() => isCaughtUp(running.source), WAIT);
    await running.stop();
    expect(most).toBe(1);
  });

  test("delivers again what was not committed, to the next process of the group", async () => {
    const stream = await openStream();
    await stream.produce(0, valuesOf("a", 3));
    const first = await start(stream, commitAll);
    await vi.waitUntil(() => isCaughtUp(first.source), WAIT);
    await first.stop();
    await stream.produce(0, valuesOf("b", 3));
    const seen = Promise.withResolvers<void>();
    const second = await start(stream, async (slice, source) => {
      const [first] = slice.records;
      if (first === undefined) return;
      await slice.commit(first.offset + 1n);
      source.pause(slice);
      seen.resolve();
    });
    await seen.promise;
    await second.stop();
    const third = await start(stream, commitAll);
    await vi.waitUntil(() => isCaughtUp(third.source), WAIT);
    await third.stop();
    expect(second.values(0)[0]).toBe("b0");
    expect(third.values(0)).toEqual(["b1", "b2"]);
  });

  test("drops what it has of a partition that is paused, and delivers it again when it is resumed", async () => {
    const stream = await openStream();
    await stream.produce(0, valuesOf("a", 5));
    const paused = Promise.withResolvers<Slice>();
    let isPaused = false;
    const running = await start(stream, async (slice, source) => {
      if (isPaused) return commitAll(slice, source);
      isPaused = true;
      source.pause(slice);
      paused.resolve(slice);
    });
    const partition: PartitionId = await paused.promise;
    await stream.produce(1, ["other"]);
    await vi.waitUntil(() => running.values(1).length === 1, WAIT);
    const before = running.values(0).length;
    running.source.resume(partition);
    await vi.waitUntil(() => isCaughtUp(running.source), WAIT);
    await running.stop();
    expect(running.values(0).slice(before)).toEqual(valuesOf("a", 5));
  });

  test("goes on behind a slice that was taken, and from where a pause moves it back to", async () => {
    const stream = await openStream();
    await stream.produce(0, valuesOf("a"));
    let committed = 0n;
    let rewinds = 1;
    const running = await start(stream, async (slice, source) => {
      slice.take();
      if (slice.endOffset < BigInt(RECORDS)) return;
      rewinds -= 1;
      if (rewinds < 0) {
        committed = slice.endOffset;
        return slice.commit(slice.endOffset);
      }
      source.pause(slice, 3n);
      setImmediate(() => source.resume(slice));
    });
    await vi.waitUntil(() => committed === BigInt(RECORDS), WAIT);
    await running.stop();
    expect(running.values(0)).toEqual([...valuesOf("a"), ...valuesOf("a").slice(3)]);
    expect(totalLag(await running.source.lag())).toBe(0);
  });

  test("goes on from the last commit after a handler that rejects, and does not end", async () => {
    const stream = await openStream();
    await stream.produce(0, valuesOf("a", 5));
    let rejections = 1;
    const running = await start(stream, async (slice) => {
      rejections -= 1;
      if (rejections >= 0) throw new Error("injected");
      await slice.commit(slice.endOffset);
    });
    await vi.waitUntil(() => isCaughtUp(running.source), WAIT);
    await running.stop();
    expect(running.values(0).slice(-5)).toEqual(valuesOf("a", 5));
    expect(running.failures).toEqual([]);
  });

  test("waits at its end for the handler under way, whose commit still counts", async () => {
    const stream = await openStream();
    await stream.produce(0, valuesOf("a", 3));
    const begun = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const running = await start(stream, async (slice) => {
      begun.resolve();
      await gate.promise;
      await slice.commit(slice.endOffset);
    });
    await begun.promise;
    let isStopped = false;
    const stopped = running.stop().then(() => {
      isStopped = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isStopped).toBe(false);
    gate.resolve();
    await stopped;
    const next = await start(stream, commitAll);
    await stream.produce(0, ["next"]);
    await vi.waitUntil(() => isCaughtUp(next.source), WAIT);
    await next.stop();
    expect(next.values(0)).toEqual(["next"]);
  });

  test("says which partitions it reads, and how many records wait in each", async () => {
    const stream = await openStream();
    await stream.produce(0, valuesOf("a", 2));
    await stream.produce(1, valuesOf("b", 3));
    const idle = stream.openSource();
    cleanups.push(() => idle.close());
    expect(idle.assignment()).toBeNull();
    const running = await start(stream, async (slice, source) => {
      if (slice.partition === 0) return commitAll(slice, source);
      source.pause(slice);
    });
    const names = (): readonly string[] | undefined => running.source.assignment()?.map(partitionName).toSorted();
    await vi.waitUntil(() => names()?.length === 2, WAIT);
    expect(names()).toEqual([`${stream.topic}/0`, `${stream.topic}/1`]);
    const byPartition = async () =>
      (await running.source.lag()).toSorted((left, right) => left.partition - right.partition);
    await vi.waitUntil(async () => (await byPartition())[0]?.committed === 2n, WAIT);
    expect(await byPartition()).toMatchObject([
      { partition: 0, highWatermark: 2n, committed: 2n, isAssigned: true, isRead: true },
      { partition: 1, highWatermark: 3n, committed: 0n, isAssigned: true, isRead: true },
    ]);
    await running.stop();
    expect(running.source.assignment()).toBeNull();
  });

  test("tells of a batch that nobody can read, goes on with other partitions, and behind it once it is committed", async () => {
    const stream = await openStream();
    await stream.produce(0, valuesOf("a", 2));
    await stream.produceUnreadable(0);
    await stream.produce(0, ["behind"]);
    const running = await start(stream, commitAll);
    await vi.waitUntil(() => running.unreadable.length > 0, WAIT);
    await stream.produce(1, ["other"]);
    await vi.waitUntil(() => running.values(1).length === 1, WAIT);
    await running.stop();
    expect(running.values(0)).toEqual(valuesOf("a", 2));
    expect(running.unreadable).toMatchObject([{ topic: stream.topic, partition: 0, startOffset: 2n, endOffset: 3n }]);
    expect(running.failures).toEqual([]);
    const source = stream.openSource();
    cleanups.push(() => source.close());
    const values: string[] = [];
    await source.start({
      async onSlice(slice) {
        values.push(...slice.records.map(({ value }) => String(value)));
        await slice.commit(slice.endOffset);
      },
      onUnreadable: (slice) => slice.commit(slice.endOffset),
      onLost: () => undefined,
      onReset: () => undefined,
      onFailure: () => undefined,
    });
    await vi.waitUntil(() => isCaughtUp(source), WAIT);
    await source.stop();
    expect(values).toEqual(["behind"]);
  });

  test("names what was taken away before it was read, and goes on behind it", async () => {
    const stream = await openStream();
    await stream.produce(0, valuesOf("a", 2));
    const first = await start(stream, commitAll);
    await vi.waitUntil(() => isCaughtUp(first.source), WAIT);
    await first.stop();
    await stream.produce(0, valuesOf("b", 5));
    await stream.takeAway(0, 5);
    const second = await start(stream, commitAll);
    await vi.waitUntil(() => isCaughtUp(second.source), WAIT);
    await second.stop();
    expect(second.values(0)).toEqual(["b3", "b4"]);
    expect(second.resets).toEqual([
      { topic: stream.topic, partition: 0, kind: "overtaken", wantedOffset: 2n, firstOffset: 5n },
    ]);
  });

  test("does not start over a topic that is missing, and names it", async () => {
    const stream = await openStream();
    const source = stream.openSource([stream.topic, `${stream.topic}-missing`]);
    cleanups.push(() => source.close());
    const started = source.start({
      onSlice: (slice) => commitAll(slice, source),
      onUnreadable: async () => undefined,
      onLost: () => undefined,
      onReset: () => undefined,
      onFailure: () => undefined,
    });
    await expect(started).rejects.toThrow(StreamError);
    await expect(started).rejects.toMatchObject({ code: "TOPIC_MISSING" });
    await expect(started).rejects.toThrow(`"${stream.topic}-missing"`);
  });
}
