import { expect, test } from "vitest";
import { deadQueueOf, queueOfTable } from "../src/queue-names.ts";

test("the table trilane has the queue that was everybody's, and every other table its own", () => {
  expect(queueOfTable("trilane")).toBe("trilane");
  expect(queueOfTable("staging.features_2")).toBe("staging.features_2");
});

test("no two tables share a queue, nor has one the dead letters of another as its queue", () => {
  const tables = ["trilane", "trilane-dead", "trilane-dead-dead", "a:b", "a+b", "a+3a.b", "a.b", "-dead", "dead"];
  const queues = tables.flatMap((table) => [queueOfTable(table), deadQueueOf(queueOfTable(table))]);
  expect(new Set(queues).size).toBe(queues.length);
  expect(queues.join("")).not.toContain(":");
});
