/** New topics are waited for as long as a broker has not heard of them, and no longer than a refusal. */
import kafkajs from "kafkajs";
import { expect, test } from "vitest";
import { createTopics } from "../../src/kafkajs/create-topics.ts";

const TOPICS = [{ topic: "flights" }];
const clock = { sleep: () => Promise.resolve() };

function protocolError(type: string, retriable: boolean): Error {
  return new kafkajs.KafkaJSProtocolError(Object.assign(new Error(type), { type, retriable, code: 0 }));
}

/** Answers each question for offsets by one of the errors, then with success. */
function adminThat(errors: Error[]) {
  return {
    createTopics: () => Promise.resolve(true),
    fetchTopicOffsets: async () => {
      const error = errors.shift();
      if (error !== undefined) throw error;
      return [];
    },
  };
}

test("a broker that has not heard of a new topic, or does not lead it yet, is asked again", async () => {
  const errors = ["UNKNOWN_TOPIC_OR_PARTITION", "NOT_LEADER_FOR_PARTITION"].map((type) => protocolError(type, true));
  await expect(createTopics(adminThat(errors), TOPICS, clock)).resolves.toBe(true);
  expect(errors).toEqual([]);
});

test("another answer is the caller's", async () => {
  const refusal = protocolError("TOPIC_AUTHORIZATION_FAILED", false);
  await expect(createTopics(adminThat([refusal]), TOPICS, clock)).rejects.toBe(refusal);
});

test("topics that are never ready end in the broker's last answer", async () => {
  const last = protocolError("UNKNOWN_TOPIC_OR_PARTITION", true);
  await expect(createTopics(adminThat(Array.from({ length: 1_000 }, () => last)), TOPICS, clock)).rejects.toBe(last);
});
