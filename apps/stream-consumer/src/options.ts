/** The options of the stream lane, for its own program and for the `trilane` command. */
import type { OptionDeclarations } from "@trilane/lane-kit/options";

export const SESSION_TIMEOUT_MS_DEFAULT = 15_000;

export const streamOptions = {
  topic: {
    value: "<topic=group>",
    isRepeatable: true,
    short: "t",
    variable: "TRILANE_STREAM_TOPICS",
    text: "a topic and the feature group that it feeds; may be given several times",
  },
  "group-id": {
    value: "<id>",
    variable: "TRILANE_STREAM_GROUP",
    text: "one Kafka consumer group for all topics; by default one for each table, topic and feature group",
  },
  "dead-max": {
    value: "<n>",
    variable: "TRILANE_STREAM_DEAD_MAX",
    text: "so many records in a row may be refused in a partition, which stops then; default 1000",
  },
  skip: {
    value: "<topic/partition@first-last>",
    isRepeatable: true,
    variable: "TRILANE_STREAM_SKIP",
    text: "offsets at which a partition stands still, and which go to the dead letters now",
  },
  "session-timeout-ms": {
    value: "<ms>",
    text: `after which others take over a silent process's partitions, default ${SESSION_TIMEOUT_MS_DEFAULT}`,
  },
} as const satisfies OptionDeclarations;
