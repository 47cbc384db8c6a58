/** A new topic takes messages for all of its partitions at once: a partition that refused would have all sent again. */
import { randomBytes } from "node:crypto";
import { createLogger, loadSettings } from "@trilane/lane-kit";
import { expect, test } from "vitest";
import { createKafka, createTopics } from "../../src/index.ts";

const TOPICS = 20;
const MESSAGES = 40;

test("messages that are sent at once after a topic was created come once", async () => {
  const name = `t-${randomBytes(6).toString("hex")}`;
  const { kafkaBrokers: brokers } = loadSettings();
  const kafka = createKafka({ brokers, clientId: name, logger: createLogger("test", "silent") });
  const [admin, producer] = [kafka.admin(), kafka.producer({ allowAutoTopicCreation: false })];
  await Promise.all([admin.connect(), producer.connect()]);
  const messages = Array.from({ length: MESSAGES }, (_, index) => ({ key: `${index}`, value: "flight" }));
  const came: number[] = [];
  try {
    for (let count = 0; count < TOPICS; count += 1) {
      const topic = `${name}-${count}`;
      expect(await createTopics(admin, [{ topic, numPartitions: 4 }])).toBe(true);
      await producer.send({ topic, messages, acks: -1 });
      const offsets = await admin.fetchTopicOffsets(topic);
      came.push(offsets.reduce((sum, { high }) => sum + Number(high), 0));
    }
  } finally {
    await Promise.all([admin.disconnect(), producer.disconnect()]);
  }
  expect(came).toEqual(Array.from({ length: TOPICS }, () => MESSAGES));
});
