/**
 * Produces the stream's messages: the flights in shuffled order, with a
 * malformed message at every hundredth place.
 */
import { type RecordMetadata, type Kafka, CompressionTypes } from "kafkajs";
import { createTopics } from "@trilane/stream-consumer";
import type { DemoData } from "./demo-data.ts";
import type { Flight } from "./flight.ts";

export interface ProducedFlights {
  readonly messages: number;
  readonly malformed: number;
}

const MALFORMED_EVERY = 100;

/** The kinds of malformed messages, taken in turn. Each is refused, for a reason of its own. */
const MALFORMED: readonly ((flight: Flight) => string)[] = [
  (flight) => JSON.stringify(flight).slice(0, -7),
  (flight) => JSON.stringify([flight.origin, flight.destination]),
  ({ origin, date, delay, distance }) => JSON.stringify({ origin, date, delay, distance }),
  (flight) => JSON.stringify({ ...flight, date: "2001-02-30T00:00:00Z" }),
  (flight) => JSON.stringify({ ...flight, date: "2199-01-01T00:00:00Z" }),
  (flight) => JSON.stringify({ ...flight, delay: "late" }),
];

export async function prepareTopics(kafka: Kafka, topics: readonly string[], numPartitions: number): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  await createTopics(
    admin,
    topics.map((topic) => ({ topic, numPartitions })),
  );
  await admin.disconnect();
}

export async function produceFlights(kafka: Kafka, topic: string, data: DemoData): Promise<ProducedFlights> {
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  let flights = 0;
  let malformed = 0;
  let sending: Promise<RecordMetadata[]> | null = null;
  for await (const some of data.messages()) {
    const messages = some.flatMap((flight) => {
      const key = `${flight.origin}-${flight.destination}`;
      const message = { key, value: JSON.stringify(flight) };
      flights += 1;
      if (flights % MALFORMED_EVERY !== 0) return [message];
      const spoil = MALFORMED[malformed % MALFORMED.length];
      malformed += 1;
      return spoil === undefined ? [message] : [message, { key, value: spoil(flight) }];
    });
    await sending;
    sending = producer.send({ topic, messages, compression: CompressionTypes.GZIP });
  }
  await sending;
  await producer.disconnect();
  return { messages: flights + malformed, malformed };
}
