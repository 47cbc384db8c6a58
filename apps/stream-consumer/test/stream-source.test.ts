import { describe, expect, test } from "vitest";
import { MergedSource } from "../src/merged-source.ts";
import { type PartitionLag, totalLag } from "../src/stream-source.ts";
import { MemorySource, MemoryStream } from "./memory-stream.ts";
import { streamSourceContract } from "./stream-source-contract.ts";

const TOPIC = "flights";

describe("a stream in memory", () => {
  streamSourceContract({
    open() {
      const stream = new MemoryStream({ topics: { [TOPIC]: 2 } });
      return Promise.resolve({
        topic: TOPIC,
        produce: async (partition, values) => stream.produce({ topic: TOPIC, partition }, values),
        produceUnreadable: async (partition) => stream.produceUnreadable({ topic: TOPIC, partition }),
        takeAway: async (partition, before) => stream.takeAway({ topic: TOPIC, partition }, BigInt(before)),
        openSource: (topics = [TOPIC]) => new MemorySource(stream, topics),
        close: () => Promise.resolve(),
      });
    },
  });
});

describe("several sources as one", () => {
  streamSourceContract({
    open() {
      const stream = new MemoryStream({ topics: { [TOPIC]: 2 } });
      const other = new MemoryStream({ topics: { codes: 0 } });
      return Promise.resolve({
        topic: TOPIC,
        produce: async (partition, values) => stream.produce({ topic: TOPIC, partition }, values),
        produceUnreadable: async (partition) => stream.produceUnreadable({ topic: TOPIC, partition }),
        takeAway: async (partition, before) => stream.takeAway({ topic: TOPIC, partition }, BigInt(before)),
        openSource: (topics = [TOPIC]) =>
          new MergedSource([
            { topics, source: new MemorySource(stream, topics) },
            { topics: ["codes"], source: new MemorySource(other, []) },
          ]),
        close: () => Promise.resolve(),
      });
    },
  });
});

test("the lag is that of all partitions together", () => {
  const lag = (highWatermark: bigint, committed: bigint): PartitionLag => ({
    topic: "t",
    partition: 0,
    isAssigned: true,
    isRead: true,
    highWatermark,
    committed,
  });
  expect(totalLag([lag(10n, 4n), lag(7n, 7n)])).toBe(6);
});
