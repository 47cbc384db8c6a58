import { Kafka, logLevel } from "kafkajs";
import { afterEach, describe, expect, it } from "vitest";
import { startKafka } from "../src/kafka-server.ts";
import { stopAndExpectGone } from "./fixtures/stop-and-expect-gone.ts";

const timeout = 90_000;
const warnings: Error[] = [];
const note = (warning: Error): void => void warnings.push(warning);
afterEach(() => void process.off("warning", note));

describe("Kafka", () => {
  it("starts without a warning, and keeps a message over an orderly restart", { timeout }, async () => {
    process.on("warning", note);
    const server = await startKafka({ properties: { "log.retention.hours": "1" } });
    expect(warnings).toEqual([]);
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
