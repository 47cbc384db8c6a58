/** The stream lane: Kafka topics to records. */
export type { StreamConfig } from "./config.ts";
export { consume, type ConsumeOptions } from "./lane.ts";
export type { ConsumeLimits } from "./limits.ts";
export { type ConsumerGroup, consumerGroupsOf } from "./consumer-groups.ts";
export type { ConsumeReport } from "./report.ts";
export { type DeadLetterSink, type DeadMessage, deadTopicOf } from "./dead-letters.ts";
export { StreamError, type StreamErrorCode } from "./errors.ts";
export { createKafka } from "./kafkajs/kafka-client.ts";
export { readLag, type ReadLagOptions } from "./kafkajs/kafka-lag.ts";
export { type KafkaStream, type KafkaStreamOptions, openKafkaStream } from "./kafkajs/open-kafka-stream.ts";
export { streamLane } from "./run-lane.ts";
export * from "./stream-source.ts";
export type { TopicBindings } from "./topic-bindings.ts";
