/**
 * The loop of the lane over a stream in memory: which offsets are committed,
 * and when.
 */
import { gzipSync } from "node:zlib";
import { createFeatureWriter, defineConfig, type FeatureConfig } from "@trilane/feature-groups";
import { createLogger, Metrics } from "@trilane/lane-kit";
import { CoreError, type Receipt, systemClock, type WriteRecord } from "@trilane/write-through";
import { expect, test, vi } from "vitest";
import { consume, type ConsumeOptions, type ConsumeReport, type DeadMessage } from "../src/index.ts";
import type { PartitionStop } from "../src/partition-stops.ts";
import { MemorySource, MemoryStream } from "./memory-stream.ts";
import { routesGroup } from "./routes-group.ts";

const TOPIC = "flights";
const PARTITION = { topic: TOPIC, partition: 0 };
const WAIT = { timeout: 5_000, interval: 1 };
const config: FeatureConfig = defineConfig({ groups: { routes: routesGroup } });

type Write = (records: readonly WriteRecord[]) => Promise<readonly Receipt[]>;

interface RunningLane {
  readonly stream: MemoryStream;
  readonly letters: readonly DeadMessage[];
  readonly done: Promise<ConsumeReport>;
  stopped(): readonly PartitionStop[];
  /** The offset up to which the partition is committed. */
  committed(): bigint;
  stop(): Promise<ConsumeReport>;
}

const applied: Write = (records) => Promise.resolve(records.map(({ version }) => ({ status: "applied", version })));
const failedWith =
  (code: "STORE_UNAVAILABLE" | "STORE_REJECTED"): Write =>
  (records) =>
    Promise.resolve(records.map(() => ({ status: "failed", error: new CoreError(code, "injected") })));

function flight(minute: number): string {
  const date = new Date(Date.UTC(2_001, 5, 1, 0, minute)).toISOString();
  return JSON.stringify({ origin: "SEA", destination: `D${minute}`, date, delay: minute });
}

function start(
  values: readonly (string | null)[],
  write: Write,
  {
    prepare = () => undefined,
    ...options
  }: Partial<ConsumeOptions> & { readonly prepare?: (stream: MemoryStream) => void } = {},
): RunningLane {
  const stream = new MemoryStream({ topics: { [TOPIC]: 1 } });
  stream.produce(PARTITION, values);
  prepare(stream);
  let stopped: () => readonly PartitionStop[] = () => [];
  const letters: DeadMessage[] = [];
  const core = {
    write,
    isErased: () => false,
    timeOfDay: () => ({ kind: "confirmed", nowMs: Date.UTC(2_002, 0, 1) }) as const,
  };
  const controller = new AbortController();
  const done = consume({
    platform: {
      config,
      writer: createFeatureWriter(config, core),
      clock: systemClock,
      random: () => 0,
      metrics: new Metrics(),
      logger: createLogger("test", "silent"),
    },
    source: new MemorySource(stream, [TOPIC]),
    bindings: new Map([[TOPIC, "routes"]]),
    deadLetters: { send: async (sent) => void letters.push(...sent) },
    retry: { attemptsMax: 1, baseMs: 1, maxMs: 1 },
    limits: { redelivery: { baseMs: 1, maxMs: 1 } },
    signal: controller.signal,
    onStart: (own) => {
      stopped = own;
    },
    ...options,
  });
  done.catch(() => undefined);
  return {
    stream,
    letters,
    done,
    stopped: () => stopped(),
    committed: () => stream.partition({ topic: TOPIC, partition: 0 }).committed,
    stop() {
      controller.abort();
      return done;
    },
  };
}

test("all records are written and committed, and the report adds up", async () => {
  const lane = start(
    Array.from({ length: 30 }, (_, minute) => flight(minute)),
    applied,
  );
  await vi.waitUntil(() => lane.committed() === 30n, WAIT);
  expect(await lane.stop()).toMatchObject({ consumed: 30, deadLetters: 0, lag: 0, receipts: { applied: 30 } });
});

test("nothing is committed before the receipts are there", async () => {
  const gate = Promise.withResolvers<void>();
  const called = Promise.withResolvers<void>();
  const lane = start([flight(1), flight(2)], async (records) => {
    called.resolve();
    await gate.promise;
    return applied(records);
  });
  await called.promise;
  expect(lane.committed()).toBe(0n);
  gate.resolve();
  await vi.waitUntil(() => lane.committed() === 2n, WAIT);
  await lane.stop();
});

test("the next slices are taken while one is written, within the window, and none is committed before it", async () => {
  const gate = Promise.withResolvers<void>();
  let [calls, written] = [0, 0];
  const write: Write = async (records) => {
    calls += 1;
    if (calls === 1) await gate.promise;
    written += records.length;
    return applied(records);
  };
  const values = Array.from({ length: 49 }, (_, minute) => flight(minute));
  // The first slice is written by itself.
  const limits = { windowRecordsMax: 21, enoughRecords: 1, redelivery: { baseMs: 1, maxMs: 1 } };
  const lane = start(values, write, { limits });
  await vi.waitUntil(() => written === 14, WAIT);
  await new Promise((resolve) => setTimeout(resolve, 20));
  // Two slices are written and wait for the first, so the window is full.
  expect([written, lane.committed()]).toEqual([14, 0n]);
  gate.resolve();
  await vi.waitUntil(() => lane.committed() === 49n, WAIT);
  expect(await lane.stop()).toMatchObject({ consumed: 49, receipts: { applied: 49 } });
});

test("a slice that fails takes those behind it with it, and all are delivered again from there", async () => {
  let calls = 0;
  const write: Write = async (records) => {
    calls += 1;
    return calls === 2 ? failedWith("STORE_UNAVAILABLE")(records) : applied(records);
  };
  const values = Array.from({ length: 28 }, (_, minute) => flight(minute));
  const committed: bigint[] = [];
  const lane: RunningLane = start(values, async (records) => {
    committed.push(lane.committed());
    return write(records);
  });
  await vi.waitUntil(() => lane.committed() === 28n, WAIT);
  expect(committed.filter((offset) => offset > 7n && offset < 14n)).toEqual([]);
  expect(await lane.stop()).toMatchObject({ consumed: 28, deadLetters: 0, receipts: { applied: 28, failed: 0 } });
});

test("records that fail for a while are delivered again, and committed only then", async () => {
  let calls = 0;
  const committedAtCalls: bigint[] = [];
  const lane: RunningLane = start([flight(1), flight(2)], async (records) => {
    calls += 1;
    committedAtCalls.push(lane.committed());
    return calls <= 3 ? failedWith("STORE_UNAVAILABLE")(records) : applied(records);
  });
  await vi.waitUntil(() => lane.committed() === 2n, WAIT);
  expect(committedAtCalls).toEqual([0n, 0n, 0n, 0n]);
  expect(await lane.stop()).toMatchObject({ consumed: 2, receipts: { applied: 2, failed: 0 } });
});

test("records that can never be written end the lane and are not committed", async () => {
  const lane = start([flight(1)], failedWith("STORE_REJECTED"));
  await expect(lane.done).rejects.toMatchObject({ code: "WRITE_REFUSED", retryable: false });
  expect(lane.committed()).toBe(0n);
});

test("what is under way at the signal is finished and committed, and nothing more is begun", async () => {
  const gate = Promise.withResolvers<void>();
  const written: string[] = [];
  const lane = start(
    Array.from({ length: 20 }, (_, minute) => flight(minute)),
    async (records) => {
      await gate.promise;
      written.push(...records.map(({ key }) => key));
      return applied(records);
    },
  );
  await vi.waitUntil(() => lane.stream.partition(PARTITION).position === 20n, WAIT);
  const stopped = lane.stop();
  lane.stream.produce(PARTITION, [flight(20), flight(21)]);
  gate.resolve();
  expect(await stopped).toMatchObject({ consumed: 20, receipts: { applied: 20 }, lag: 2 });
  expect(lane.committed()).toBe(20n);
  expect(written).toHaveLength(20);
});

test("poison messages are dead letters, and the partition goes on", async () => {
  const lane = start([flight(1), "{", null, flight(2)], applied);
  await vi.waitUntil(() => lane.committed() === 4n, WAIT);
  expect(await lane.stop()).toMatchObject({ consumed: 4, deadLetters: 2, receipts: { applied: 2, dead: 2 } });
  expect(lane.letters.map(({ input, reason }) => [input.offset, reason])).toEqual([
    [1n, "undecodable-value"],
    [2n, "undecodable-key"],
  ]);
});

const poison = (count: number): readonly string[] => Array.from({ length: count }, () => "{");

test("so many refused records in a row stop the partition before the first of them, and a skip goes on", async () => {
  const values = [...Array.from({ length: 7 }, (_, minute) => flight(minute)), ...poison(20), flight(7)];
  const lane = start(values, applied, { refusedInRowMax: 6 });
  await vi.waitUntil(() => lane.stopped().length === 1, WAIT);
  expect(lane.stopped()).toMatchObject([{ ...PARTITION, reason: "refused-records", startOffset: 7n, lastOffset: 12n }]);
  expect(lane.committed()).toBe(7n);
  expect(await lane.stop()).toMatchObject({ consumed: 7, deadLetters: 0, lag: 21 });
  const skip = [{ ...PARTITION, firstOffset: 7n, lastOffset: 26n }];
  const next = start(values, applied, { refusedInRowMax: 6, skip });
  await vi.waitUntil(() => next.committed() === 28n, WAIT);
  expect(await next.stop()).toMatchObject({ consumed: 28, deadLetters: 20, lag: 0 });
});

test("a refused record now and then stops nothing, over the slices as well", async () => {
  const values = Array.from({ length: 60 }, (_, minute) => (minute % 4 === 0 ? flight(minute) : "{"));
  const lane = start(values, applied, { refusedInRowMax: 4 });
  await vi.waitUntil(() => lane.committed() === 60n, WAIT);
  expect(await lane.stop()).toMatchObject({ consumed: 60, deadLetters: 45 });
  const longer = start([...poison(5), ...poison(5), flight(1)], applied, { refusedInRowMax: 10 });
  await vi.waitUntil(() => longer.stopped().length === 1, WAIT);
  // The first slice is in the dead letters already: nobody knew.
  expect(longer.stopped()).toMatchObject([{ startOffset: 7n, lastOffset: 9n }]);
  await longer.stop();
});

test("records of another serialisation stop the partition soon, by its name", async () => {
  const lane = start([flight(1)], applied, {
    prepare: (stream) =>
      stream.produce(
        PARTITION,
        Array.from({ length: 40 }, () => gzipSync("{}")),
      ),
  });
  await vi.waitUntil(() => lane.stopped().length === 1, WAIT);
  expect(lane.stopped()).toMatchObject([{ reason: "other-serialization", lastOffset: 10n }]);
  expect(lane.stopped()[0]?.detail).toContain("are not JSON but gzip");
  expect(await lane.stop()).toMatchObject({ receipts: { applied: 1 } });
});

test("a batch that nobody can read stops its partition, and goes to the dead letters where it is skipped", async () => {
  const prepare = (stream: MemoryStream): void => {
    stream.produceUnreadable(PARTITION);
    stream.produce(PARTITION, [flight(2)]);
  };
  const lane = start([flight(1)], applied, { prepare });
  await vi.waitUntil(() => lane.stopped().length === 1, WAIT);
  expect(lane.stopped()).toMatchObject([{ reason: "unreadable-batch", startOffset: 1n, lastOffset: 1n }]);
  expect(await lane.stop()).toMatchObject({ consumed: 1, deadLetters: 0, lag: 2 });
  const skip = [{ ...PARTITION, firstOffset: 1n, lastOffset: 1n }];
  const next = start([flight(1)], applied, { prepare, skip });
  await vi.waitUntil(() => next.committed() === 3n, WAIT);
  expect(await next.stop()).toMatchObject({ consumed: 3, deadLetters: 1, lag: 0, receipts: { dead: 1 } });
  expect(next.letters).toMatchObject([{ reason: "unreadable-batch", lastOffset: 1n, input: { offset: 1n } }]);
});

test("what retention takes away unread is counted", async () => {
  const lane = start(
    Array.from({ length: 9 }, (_, minute) => flight(minute)),
    applied,
    { prepare: (stream) => stream.takeAway(PARTITION, 4n) },
  );
  await vi.waitUntil(() => lane.committed() === 9n, WAIT);
  expect(await lane.stop()).toMatchObject({ consumed: 5, overtaken: 4, lag: 0 });
});
