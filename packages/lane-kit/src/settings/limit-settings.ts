/** The bounds that a deployment sets by the memory and the time that it has; a part of declarations.ts. */
import type { SettingDeclaration } from "./setting-declaration.ts";
import * as values from "./setting-values.ts";

const MIB = 1_048_576;

export const LIMIT_SETTINGS = {
  TRILANE_STOP_MS: {
    schema: values.ttlMs.default(25_000),
    text: "The time from the signal to the end of a process: what is under way may finish, and what does not comes again. Keep it below the time after which the orchestrator kills, which is 30 s for Kubernetes.",
    readBy: ["load", "stream", "worker", "api"],
  },
  TRILANE_LOAD_UNITS: {
    schema: values.positiveCount.default(2),
    text: "The parts of objects that a load reads and writes at once. Its memory grows with them.",
    readBy: ["load", "worker"],
  },
  TRILANE_LOAD_SLICE_RECORDS: {
    schema: values.positiveCount.default(100_000),
    text: "The most records that a load decodes before it writes them.",
    readBy: ["load", "worker"],
  },
  TRILANE_LOAD_SLICE_BYTES: {
    schema: values.positiveCount.default(32 * MIB),
    text: "The most bytes that a load decodes before it writes them.",
    readBy: ["load", "worker"],
  },
  TRILANE_STREAM_WINDOW_RECORDS: {
    schema: values.positiveCount.default(300_000),
    text: "The most records that the stream lane has taken from its topics and not settled yet.",
    readBy: ["stream"],
  },
  TRILANE_STREAM_WINDOW_BYTES: {
    schema: values.positiveCount.default(64 * MIB),
    text: "The most bytes of their keys and values.",
    readBy: ["stream"],
  },
  TRILANE_API_KEYS_MAX: {
    schema: values.positiveCount.default(1_000),
    text: "The most keys of one batch read.",
    readBy: ["api"],
  },
  TRILANE_API_REQUESTS_MAX: {
    schema: values.positiveCount.default(1_000),
    text: "The most requests under way at once. The next ones get 503.",
    readBy: ["api"],
  },
  TRILANE_API_BODY_BYTES_MAX: {
    schema: values.positiveCount.default(MIB),
    text: "The most bytes of the body of one request.",
    readBy: ["api"],
  },
  TRILANE_API_ANSWER_BYTES_MAX: {
    schema: values.positiveCount.default(16 * MIB),
    text: "The most bytes of one answer. Larger ones get 413.",
    readBy: ["api"],
  },
  TRILANE_API_ANSWERS_BYTES_MAX: {
    schema: values.positiveCount.default(64 * MIB),
    text: "The most bytes of all answers that are read or sent at once. The process needs about four times as much memory.",
    readBy: ["api"],
  },
} as const satisfies Readonly<Record<string, SettingDeclaration>>;
