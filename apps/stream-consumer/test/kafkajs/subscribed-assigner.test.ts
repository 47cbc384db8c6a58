import { expect, test } from "vitest";
import { assignPartitions } from "../../src/kafkajs/subscribed-assigner.ts";
import { unreadyStream } from "../../src/run-lane.ts";
import { type PartitionId, partitionName } from "../../src/stream-source.ts";

function partitionsOf(topic: string, count: number): readonly PartitionId[] {
  return Array.from({ length: count }, (_, partition) => ({ topic, partition }));
}

function names(partitions: readonly PartitionId[] | undefined): readonly string[] | undefined {
  return partitions?.map(partitionName);
}

test("a partition goes to a member that subscribes to its topic, and each to one", () => {
  const assigned = assignPartitions(
    [...partitionsOf("a", 2), ...partitionsOf("b", 2)],
    [
      { memberId: "2", topics: ["b"] },
      { memberId: "1", topics: ["a"] },
    ],
  );
  expect(names(assigned.get("1"))).toEqual(["a/0", "a/1"]);
  expect(names(assigned.get("2"))).toEqual(["b/0", "b/1"]);
});

test("members that subscribe to the same have about as many", () => {
  const topics = ["a", "b"];
  const members = ["1", "2", "3"].map((memberId) => ({ memberId, topics }));
  const assigned = assignPartitions([...partitionsOf("a", 4), ...partitionsOf("b", 4)], members);
  expect([...assigned.values()].map(({ length }) => length)).toEqual([3, 3, 2]);
  expect(new Set([...assigned.values()].flatMap((own) => names(own) ?? [])).size).toBe(8);
});

test("a process whose topics have partitions that nobody reads is not ready, and names them", () => {
  const [first, second] = [partitionsOf("a", 1), partitionsOf("b", 12)];
  expect(unreadyStream(null, [])).toBe("not a member of the consumer group");
  expect(unreadyStream(first, [])).toBeNull();
  expect(unreadyStream([], first)).toContain("nobody reads a/0:");
  expect(unreadyStream([], second)).toContain("b/9, ...:");
});

test("a process with a partition that stands still is not ready, and says where, why and what to do", () => {
  const stop = {
    topic: "a",
    partition: 0,
    reason: "unreadable-batch",
    startOffset: 3n,
    lastOffset: 5n,
    detail: "d",
  } as const;
  expect(unreadyStream([], [], [stop])).toBe(
    "a/0 stands still at offset 3, unreadable-batch: d; to keep it as dead letters and go on, start the lane with --skip a/0@3-5",
  );
});
