/** The contract of stream sources on a real broker. */
import { randomBytes } from "node:crypto";
import { createLogger, loadSettings } from "@trilane/lane-kit";
import kafkajs from "kafkajs";
import type { Kafka } from "kafkajs";
import { describe, expect, test, vi } from "vitest";
import { createKafka, createTopics } from "../../src/index.ts";
import { BATCH_BYTES_MAX } from "../../src/kafkajs/codecs.ts";
import { KafkaSource } from "../../src/kafkajs/kafka-source.ts";
import { streamSourceContract, type StreamUnderTest } from "../stream-source-contract.ts";

/** The shortest that a broker allows by default. */
const SESSION_TIMEOUT_MS = 6_000;
const PARTITIONS = 2;

async function openStream(): Promise<StreamUnderTest & { readonly kafka: Kafka }> {
  const topic = `s-${randomBytes(6).toString("hex")}`;
  const logger = createLogger("test", process.env["TRILANE_TEST_LOG"] ?? "silent");
  const { kafkaBrokers: brokers } = loadSettings({ TRILANE_CACHE_URL: "redis://unused:6379", ...process.env });
  const kafka = createKafka({ brokers, clientId: topic, logger });
  const admin = kafka.admin();
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await Promise.all([admin.connect(), producer.connect()]);
  await createTopics(admin, [{ topic, numPartitions: PARTITIONS }]);
  return {
    topic,
    kafka,
    async produce(partition, values) {
      await producer.send({ topic, messages: values.map((value) => ({ partition, value })), acks: -1 });
    },
    async produceUnreadable(partition) {
      const value = Buffer.alloc(BATCH_BYTES_MAX + 1);
      const { ZSTD: compression } = kafkajs.CompressionTypes;
      await producer.send({ topic, messages: [{ partition, value }], acks: -1, compression });
    },
    async takeAway(partition, before) {
      // The client looks for leaders in its present knowledge.
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(before) }] });
    },
    openSource: (topics = [topic]) =>
      new KafkaSource(kafka, { groupId: topic, topics, logger, sessionTimeoutMs: SESSION_TIMEOUT_MS }),
    async close() {
      await Promise.all([admin.disconnect(), producer.disconnect()]);
    },
  };
}

describe("Kafka by kafkajs", () => {
  streamSourceContract({ open: openStream });
});

const ignore = (): void => undefined;
const resolved = async (): Promise<void> => undefined;
const handlers = { onSlice: resolved, onUnreadable: resolved, onLost: ignore, onReset: ignore, onFailure: ignore };

test("a source that is stopped while it joins leaves its group, and no member of which nobody knows", async () => {
  const stream = await openStream();
  const { topic } = stream;
  const busy = stream.openSource();
  const [begun, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  await stream.produce(0, ["a"]);
  await busy.start({
    ...handlers,
    async onSlice(slice) {
      begun.resolve();
      await gate.promise;
      await slice.commit(slice.endOffset);
    },
  });
  await begun.promise;
  const late = stream.openSource();
  // The group waits for the busy member, and this one for the group.
  const starting = late.start(handlers);
  const admin = stream.kafka.admin();
  await admin.connect();
  const group = async () => (await admin.describeGroups([topic])).groups[0];
  await vi.waitUntil(async () => (await group())?.state === "PreparingRebalance", { timeout: 20_000 });
  const stopping = late.close();
  gate.resolve();
  await Promise.all([starting, stopping]);
  // Sooner than a session: nobody waits until the broker misses a member.
  await vi.waitUntil(async () => (await group())?.state === "Stable" && busy.assignment()?.length === PARTITIONS, {
    timeout: SESSION_TIMEOUT_MS - 2_000,
  });
  expect((await group())?.members).toHaveLength(1);
  expect(late.assignment()).toBeNull();
  await busy.close();
  await admin.disconnect();
  await stream.close();
});
