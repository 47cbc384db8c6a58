/** The settings of the queue, and of the jobs that a worker takes. */
import { optionalText, type SettingDeclaration } from "./setting-declaration.ts";
import * as values from "./setting-values.ts";

export const QUEUE_SETTINGS = {
  TRILANE_QUEUE_URL: {
    // Several addresses are taken where they are sentinels', see load-settings.ts.
    schema: values.redisUrls.default("redis://127.0.0.1:6380"),
    text: "The server of the queue, never the cache's: `redis://host:port`, or `rediss://` with TLS. For Sentinel, the sentinels, with commas between them.",
    readBy: ["worker", "command"],
    isSecret: true,
  },
  TRILANE_QUEUE_USERNAME: {
    schema: optionalText,
    text: "The ACL user of the queue's server, instead of the one in the address.",
    readBy: ["worker", "command"],
  },
  TRILANE_QUEUE_PASSWORD: {
    schema: optionalText,
    text: "The password of the queue's server, instead of the one in the address. From a file, it is read again for each connection.",
    readBy: ["worker", "command"],
    isSecret: true,
  },
  TRILANE_QUEUE_CA_FILE: {
    schema: optionalText,
    text: "The certificates that sign the queue server's, as PEM. Without it, those of Node.",
    readBy: ["worker", "command"],
  },
  TRILANE_QUEUE_CERTIFICATE_FILE: {
    schema: optionalText,
    text: "The client certificate for the queue's server, as PEM.",
    readBy: ["worker", "command"],
  },
  TRILANE_QUEUE_KEY_FILE: {
    schema: optionalText,
    text: "The private key of the client certificate for the queue's server, as PEM.",
    readBy: ["worker", "command"],
  },
  TRILANE_QUEUE_SENTINEL_NAME: {
    schema: optionalText,
    text: "The name that the sentinels have for the queue's primary. With it, the addresses are those of sentinels.",
    readBy: ["worker", "command"],
  },
  TRILANE_QUEUE_SENTINEL_PASSWORD: {
    schema: optionalText,
    text: "The password of the queue's sentinels themselves.",
    readBy: ["worker", "command"],
    isSecret: true,
  },
  TRILANE_QUEUE_PREFIX: {
    schema: values.queuePrefix.default("bull"),
    text: "The first part of the names of all keys of the queue, as BullMQ's `prefix`. All workers and senders of a queue need the same.",
    readBy: ["worker", "command"],
    agreement: "jobs under another prefix are those of another queue",
  },
  TRILANE_QUEUE: {
    schema: optionalText,
    text: "The BullMQ queue, as `--queue`. Without it, that of the table, which has the name of the table.",
    readBy: ["worker", "command"],
  },
  TRILANE_JOBS: {
    schema: optionalText,
    text: "The kinds of jobs that a worker takes, as `--jobs`.",
    readBy: ["worker"],
  },
  TRILANE_LOAD_FROM: {
    schema: optionalText,
    text: "The sources that `load` jobs may read, as `--load-from`.",
    readBy: ["worker"],
  },
  TRILANE_RESOLVERS: {
    schema: optionalText,
    text: "The module that exports `resolvers` for refresh jobs, as `--resolvers`.",
    readBy: ["worker"],
  },
} as const satisfies Readonly<Record<string, SettingDeclaration>>;
