/** The settings that say who may do what; a part of declarations.ts. */
import { z } from "zod";
import { clientName, ttlMs } from "./setting-values.ts";

const JOB_AGE_MAX_MS_DEFAULT = 15 * 86_400_000;
const optionalText = z.string().optional();

export const accessSettings = {
  TRILANE_API_TOKEN: {
    schema: optionalText,
    text: "The API asks for this bearer token. Without it, and without `TRILANE_ACCESS_FILE`, the API answers everybody who reaches it.",
    readBy: ["api"],
    isSecret: true,
  },
  TRILANE_ACCESS_FILE: {
    schema: optionalText,
    text: "The file of clients with their tokens and rights, see docs/access.md. It holds digests and no usable token, and is read again within a second of a change.",
    readBy: ["api", "worker"],
  },
  TRILANE_ACCESS_LOG: {
    schema: z.enum(["on", "off"]).optional(),
    text: "One line on stderr for each request to the API or for an erasure over HTTP: client, verb, groups and number of keys, without keys and values. Without it, on where `TRILANE_ACCESS_FILE` is set, else off.",
    readBy: ["api", "worker"],
  },
  TRILANE_JOB_SIGNATURES: {
    schema: z.enum(["required", "off"]).default("off"),
    text: "`required`: workers refuse jobs without a signature, see docs/access.md. Signatures are checked wherever `TRILANE_JOB_KEYS_FILE` is set.",
    readBy: ["worker"],
  },
  TRILANE_JOB_KEYS_FILE: {
    schema: optionalText,
    text: "The file with the keys by which clients sign jobs. It is a secret, and is read again within a second of a change.",
    readBy: ["worker", "command"],
  },
  TRILANE_JOB_AGE_MAX_MS: {
    schema: ttlMs.default(JOB_AGE_MAX_MS_DEFAULT),
    text: "The age beyond which a signature no longer counts. By default a day more than failed jobs are kept, so that each of them can be retried.",
    readBy: ["worker"],
  },
  TRILANE_JOB_CLIENT: {
    schema: clientName.optional(),
    text: "The name of the client as which `trilane enqueue` signs jobs.",
    readBy: ["command"],
  },
  TRILANE_JOB_KEY: {
    schema: optionalText,
    text: "The key with which `trilane enqueue` signs jobs. Without it, they are not signed.",
    readBy: ["command"],
    isSecret: true,
  },
} as const;
