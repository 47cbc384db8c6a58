/** The settings that say who may do what; a part of declarations.ts. */
import { z } from "zod";

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
} as const;
