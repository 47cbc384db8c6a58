/** The stream lane: Kafka topics to records. */
export type { StreamConfig } from "./config.ts";
export { consume, type ConsumeOptions } from "./lane.ts";
export { type ConsumeLimits, consumeLimitsDefaults } from "./limits.ts";
export { type ConsumerGroup, consumerGroupsOf } from "./consumer-groups.ts";
export type { ConsumeReport } from "./report.ts";
export {
  type DeadLetterMessage,
  deadLetterMessage,
  type DeadLetterSink,
  type DeadMessage,
  deadTopicOf,
} from "./dead-letters.ts";
export { type DecodedMessage, decodeMessage, type UndecodableReason } from "./decode.ts";
export { StreamError, type StreamErrorCode } from "./errors.ts";
export { registerCodecs } from "./kafkajs/codecs.ts";
export { createKafka } from "./kafkajs/kafka-client.ts";
export { readLag, type ReadLagOptions } from "./kafkajs/kafka-lag.ts";
export { type KafkaStream, type KafkaStreamOptions, openKafkaStream } from "./kafkajs/open-kafka-stream.ts";
export { streamLane } from "./run-lane.ts";
export * from "./stream-source.ts";
export { checkBindings, parseBindings, type TopicBindings } from "./topic-bindings.ts";
