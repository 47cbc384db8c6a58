/** The settings of the brokers, and of the topics that a stream lane reads. */
import { z } from "zod";
import { optionalText, type SettingDeclaration } from "./setting-declaration.ts";
import * as values from "./setting-values.ts";

export const STREAM_SETTINGS = {
  TRILANE_KAFKA_BROKERS: {
    schema: values.brokers.default(["127.0.0.1:9092"]),
    text: "The brokers, `host:port` with commas between them.",
    readBy: ["stream"],
  },
  TRILANE_KAFKA_TLS: {
    schema: z.enum(["on", "off"]).optional(),
    text: "TLS to the brokers. Without it, on where a login or a file of certificates is named, else off.",
    readBy: ["stream"],
  },
  TRILANE_KAFKA_CA_FILE: {
    schema: optionalText,
    text: "The certificates that sign the brokers', as PEM. Without it, those of Node. Read again for each connection.",
    readBy: ["stream"],
  },
  TRILANE_KAFKA_CERTIFICATE_FILE: {
    schema: optionalText,
    text: "The client certificate for the brokers, as PEM. Read again for each connection.",
    readBy: ["stream"],
  },
  TRILANE_KAFKA_KEY_FILE: {
    schema: optionalText,
    text: "The private key of the client certificate for the brokers, as PEM.",
    readBy: ["stream"],
  },
  TRILANE_KAFKA_LOGIN: {
    schema: z.enum(["plain", "scram-sha-256", "scram-sha-512", "oauthbearer", "aws-msk-iam"]).optional(),
    text: "The SASL mechanism. Without it, no login.",
    readBy: ["stream"],
  },
  TRILANE_KAFKA_USERNAME: {
    schema: optionalText,
    text: "The user of `plain` and `scram-…`, or the client id of `oauthbearer`.",
    readBy: ["stream"],
  },
  TRILANE_KAFKA_PASSWORD: {
    schema: optionalText,
    text: "The password of `plain` and `scram-…`, or the client secret of `oauthbearer`. From a file, it is read again for each login.",
    readBy: ["stream"],
    isSecret: true,
  },
  TRILANE_KAFKA_TOKEN_URL: {
    schema: values.httpUrl.optional(),
    text: "The token endpoint of `oauthbearer`, asked with the client credentials.",
    readBy: ["stream"],
  },
  TRILANE_KAFKA_TOKEN_SCOPE: {
    schema: optionalText,
    text: "The scope that is asked for at the token endpoint.",
    readBy: ["stream"],
  },
  TRILANE_STREAM_TOPICS: {
    schema: optionalText,
    text: "Topics and the feature groups that they feed, as `--topic`: `flights=routes,codes=airports`.",
    readBy: ["stream"],
  },
  TRILANE_STREAM_GROUP: {
    schema: optionalText,
    text: "One Kafka consumer group for all topics, as `--group-id`. Without it, one for each table, topic and feature group.",
    readBy: ["stream"],
  },
  TRILANE_STREAM_DEAD_MAX: {
    schema: optionalText,
    text: "So many records in a row may be refused in a partition, which stops then, as `--dead-max`. Default 1000.",
    readBy: ["stream"],
  },
  TRILANE_STREAM_SKIP: {
    schema: optionalText,
    text: "Offsets at which a partition stands still, and which go to the dead letters now, as `--skip`: `flights/3@1200-1319`.",
    readBy: ["stream"],
  },
} as const satisfies Readonly<Record<string, SettingDeclaration>>;
