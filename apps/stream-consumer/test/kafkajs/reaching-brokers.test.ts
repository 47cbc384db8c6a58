import kafkajs from "kafkajs";
import { expect, test } from "vitest";
import { StreamError } from "../../src/errors.ts";
import { reachingBrokers } from "../../src/kafkajs/reaching-brokers.ts";

const { KafkaJSConnectionError, KafkaJSNonRetriableError, KafkaJSNumberOfRetriesExceeded, KafkaJSProtocolError } =
  kafkajs;

test("a client whose retries are used up tells that another start may find the brokers", async () => {
  const lost = new KafkaJSConnectionError("Connection error: read ECONNRESET");
  const given = new KafkaJSNumberOfRetriesExceeded(lost, { retryCount: 5, retryTime: 300 });
  const answer = reachingBrokers(Promise.reject(given));
  await expect(answer).rejects.toMatchObject({ code: "BROKERS_UNAVAILABLE", retryable: true, cause: given });
  await expect(answer).rejects.toThrow("read ECONNRESET");
});

test.each([
  new StreamError("TOPIC_MISSING", "no such topic"),
  new KafkaJSNonRetriableError("not authorized"),
  new KafkaJSProtocolError(Object.assign(new Error("no such topic"), { retriable: true })),
  new TypeError("a fault of ours"),
])("%s stays as it is", async (error) => {
  await expect(reachingBrokers(Promise.reject(error))).rejects.toBe(error);
  expect(await reachingBrokers(Promise.resolve(1))).toBe(1);
});
