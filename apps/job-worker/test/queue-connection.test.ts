import { systemClock } from "@trilane/write-through";
import { expect, test } from "vitest";
import { checkEviction, openQueueConnection } from "../src/queue-connection.ts";

const SECRET = "S3cr3tM4rker";

test("a queue's server that evicts is named without its password", () => {
  const check = () => checkEviction("maxmemory_policy:allkeys-lru", `rediss://app:${SECRET}@queue:6380`);
  expect(check).toThrow("the queue's server at rediss://queue:6380 may throw jobs away");
  expect(check).not.toThrow(SECRET);
});

test("a queue's server that does not answer is named without its password", async () => {
  const opening = openQueueConnection({
    queueUrl: `redis://:${SECRET}@127.0.0.1:1`,
    role: "sender",
    clock: systemClock,
    onError: () => undefined,
  });
  const error: Error = await opening.then(
    () => new Error("it answered"),
    (reason) => reason,
  );
  expect(error).toMatchObject({ code: "QUEUE_UNAVAILABLE" });
  expect(error.message).toContain("redis://127.0.0.1:1 ");
  expect(error.message).not.toContain(SECRET);
});
