/** The stream lane: Kafka topics to records. */
export { consume, type ConsumeOptions } from "./lane.ts";
export { type ConsumerGroup, consumerGroupsOf } from "./consumer-groups.ts";
export type { ConsumeReport } from "./report.ts";
export { type DeadMessage, deadTopicOf } from "./dead-letters.ts";
export { StreamError } from "./errors.ts";
export { checkBrokers } from "./kafkajs/check-brokers.ts";
export { letIdleRequestsRest } from "./kafkajs/idle-requests.ts";
export { createKafka } from "./kafkajs/kafka-client.ts";
export { createTopics } from "./kafkajs/create-topics.ts";
export { readLag } from "./kafkajs/kafka-lag.ts";
export { refusedKafkaRights, type WantedKafkaRights } from "./kafkajs/refused-rights.ts";
export { type KafkaStream, openKafkaStream } from "./kafkajs/open-kafka-stream.ts";
export { streamLane } from "./run-lane.ts";
export * from "./stream-source.ts";
