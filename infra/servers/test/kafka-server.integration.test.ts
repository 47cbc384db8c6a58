import { Kafka, logLevel } from "kafkajs";
import { describe, expect, it } from "vitest";
import { startKafka } from "../src/kafka-server.ts";
import { stopAndExpectGone } from "./fixtures/stop-and-expect-gone.ts";

const timeout = 90_000;

describe("Kafka", () => {
  it("keeps a message over an orderly restart", { timeout }, async () => {
    const server = await startKafka({ properties: { "log.retention.hours": "1" } });
    const kafka = new Kafka({ brokers: [server.url], logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: "events", numPartitions: 2 }] });
    const producer = kafka.producer();
    await producer.connect();
    await producer.send({ topic: "events", messages: [{ partition: 1, value: "first" }] });
    await Promise.all([producer.disconnect(), admin.disconnect()]);
    await server.restart({ keepData: true });
    const again = kafka.admin();
    await again.connect();
    const offsets = await again.fetchTopicOffsets("events");
    expect(offsets.find(({ partition }) => partition === 1)?.high).toBe("1");
    await again.disconnect();
    await stopAndExpectGone(server);
  });
});
