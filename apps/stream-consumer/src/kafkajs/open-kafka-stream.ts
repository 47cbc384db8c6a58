/**
 * Composes the Kafka parts of one process: its sources, one for each consumer
 * group, and its dead letters.
 */
import type { KafkaSecurity } from "@trilane/lane-kit";
import { systemClock } from "@trilane/write-through";
import type { ConsumerGroup } from "../consumer-groups.ts";
import { MergedSource } from "../merged-source.ts";
import type { StreamSource } from "../stream-source.ts";
import { checkBrokers } from "./check-brokers.ts";
import { KafkaDeadLetters } from "./kafka-dead-letters.ts";
import { createKafka } from "./kafka-client.ts";
import { KafkaSource, kafkaSourceDefaults, type KafkaSourceOptions } from "./kafka-source.ts";
import { reachingBrokers } from "./reaching-brokers.ts";

export interface KafkaStreamOptions extends Omit<KafkaSourceOptions, keyof ConsumerGroup> {
  readonly brokers: readonly string[];
  readonly security?: KafkaSecurity | undefined;
  readonly region?: string | undefined;
  /** The table for which records are refused. */
  readonly table: string;
  /** Each topic is in one of them. */
  readonly consumerGroups: readonly ConsumerGroup[];
}

export interface KafkaStream {
  readonly source: StreamSource;
  readonly deadLetters: KafkaDeadLetters;
  close(): Promise<void>;
}

const CLIENT_ID = "trilane";

/**
 * Connects what dead letters need; a source connects when it is started.
 * @throws StreamError BROKERS_UNAVAILABLE, BROKERS_REFUSED
 */
export async function openKafkaStream({
  brokers,
  security,
  region,
  consumerGroups,
  table,
  ...options
}: KafkaStreamOptions): Promise<KafkaStream> {
  const { logger, slicesUnderWayMax = kafkaSourceDefaults.slicesUnderWayMax } = options;
  const client = { brokers, security, region, clientId: CLIENT_ID, logger };
  await checkBrokers({ ...client, clock: systemClock });
  const kafka = createKafka(client);
  // The bound is that of the process, so its consumers share it.
  const own = { ...options, slicesUnderWayMax: Math.max(1, Math.floor(slicesUnderWayMax / consumerGroups.length)) };
  const source = new MergedSource(
    consumerGroups.map((group) => ({
      topics: group.topics,
      source: new KafkaSource(kafka, { ...own, ...group }),
    })),
  );
  const deadLetters = new KafkaDeadLetters(kafka, { logger, table });
  await reachingBrokers(deadLetters.open(consumerGroups.flatMap(({ topics }) => topics)));
  return {
    source,
    deadLetters,
    async close() {
      await source.close();
      await deadLetters.close();
    },
  };
}
