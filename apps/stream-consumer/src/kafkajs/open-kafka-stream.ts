/** The composition of the Kafka parts: source and dead letters of one process. */
import { systemClock } from "@trilane/write-through";
import { checkBrokers } from "./check-brokers.ts";
import { KafkaDeadLetters } from "./kafka-dead-letters.ts";
import { createKafka } from "./kafka-client.ts";
import { KafkaSource, type KafkaSourceOptions } from "./kafka-source.ts";

export interface KafkaStreamOptions extends KafkaSourceOptions {
  readonly brokers: readonly string[];
}

export interface KafkaStream {
  readonly source: KafkaSource;
  readonly deadLetters: KafkaDeadLetters;
  close(): Promise<void>;
}

/**
 * Connects what dead letters need; the source connects when it is started.
 * @throws StreamError BROKERS_UNAVAILABLE
 */
export async function openKafkaStream(options: KafkaStreamOptions): Promise<KafkaStream> {
  const { brokers, groupId, topics, logger } = options;
  const client = { brokers, clientId: groupId, logger };
  await checkBrokers({ ...client, clock: systemClock });
  const kafka = createKafka(client);
  const source = new KafkaSource(kafka, options);
  const deadLetters = new KafkaDeadLetters(kafka, { logger });
  await deadLetters.open(topics);
  return {
    source,
    deadLetters,
    async close() {
      await source.close();
      await deadLetters.close();
    },
  };
}
