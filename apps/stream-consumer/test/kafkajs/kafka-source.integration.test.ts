/** The contract of stream sources on a real broker. */
import { randomBytes } from "node:crypto";
import { createLogger, loadSettings } from "@trilane/lane-kit";
import kafkajs from "kafkajs";
import { describe } from "vitest";
import { createKafka } from "../../src/index.ts";
import { BATCH_BYTES_MAX } from "../../src/kafkajs/codecs.ts";
import { KafkaSource } from "../../src/kafkajs/kafka-source.ts";
import { streamSourceContract, type StreamUnderTest } from "../stream-source-contract.ts";

/** The shortest that a broker allows by default. */
const SESSION_TIMEOUT_MS = 6_000;
const PARTITIONS = 2;

async function openStream(): Promise<StreamUnderTest> {
  const topic = `s-${randomBytes(6).toString("hex")}`;
  const logger = createLogger("test", process.env["TRILANE_TEST_LOG"] ?? "silent");
  const { kafkaBrokers: brokers } = loadSettings({ TRILANE_CACHE_URL: "redis://unused:6379", ...process.env });
  const kafka = createKafka({ brokers, clientId: topic, logger });
  const admin = kafka.admin();
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await Promise.all([admin.connect(), producer.connect()]);
  await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS }], waitForLeaders: true });
  return {
    topic,
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
