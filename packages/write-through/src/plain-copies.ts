/** Reads copies whose payloads name no person and no expiry of their own: for tests, benchmarks and other formats. */
import type { CopyReading } from "./ports/copies.ts";

export const plainCopies: CopyReading = {
  subjectOf: () => null,
  expiresAtMs: (_key, { body }) => body?.expiresAtMs ?? 0,
};
