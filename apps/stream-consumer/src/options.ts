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
  "session-timeout-ms": {
    value: "<ms>",
    text: `after which others take over a silent process's partitions, default ${SESSION_TIMEOUT_MS_DEFAULT}`,
  },
} as const satisfies OptionDeclarations;
