/** A topic of the real flights from April on, in a shuffled order. */
import { createTopics } from "@trilane/stream-consumer";
import type { Kafka, Message } from "kafkajs";
import { readFlights } from "../lanes/flight-objects.ts";

const PARTITIONS = 4;
const MESSAGES_PER_SEND = 10_000;
const QUERY = `SELECT origin || '-' || destination, to_json({ origin: origin, destination: destination,
    date: strftime(date, '%Y-%m-%dT%H:%M:%S.%fZ'), delay: delay, distance: distance })::VARCHAR
  FROM flights WHERE date >= TIMESTAMP '2001-04-01' ORDER BY hash(date::VARCHAR || origin || destination || delay)`;

/** @returns the number of messages */
export async function fillTopic(kafka: Kafka, topic: string, messagesMax: number): Promise<number> {
  await createTopic(kafka, topic);
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  const rows = await readFlights(`${QUERY} LIMIT ${messagesMax}`);
  const messages = rows.map(([key, value]): Message => ({ key: String(key), value: String(value) }));
  for (let from = 0; from < messages.length; from += MESSAGES_PER_SEND) {
    await producer.send({ topic, messages: messages.slice(from, from + MESSAGES_PER_SEND) });
  }
  await producer.disconnect();
  return messages.length;
}

export async function createTopic(kafka: Kafka, topic: string): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  await createTopics(admin, [{ topic, numPartitions: PARTITIONS }]);
  await admin.disconnect();
}
