/** A reader's answer for one key. */
import type { CoreError } from "../errors.ts";
import type { TimeOfDay } from "../ports/clock.ts";
import type { StoredCopy } from "../ports/store.ts";
import type { Version } from "../protocol/version.ts";

export type ReadSource = "cache" | "store";

export type ReadResult =
  | {
      readonly kind: "found";
      readonly version: Version;
      readonly payload: Uint8Array;
      readonly expiresAtMs: number;
      readonly source: ReadSource;
    }
  /** There is no record. `version` is `NO_VERSION`, a tombstone's, or that of an expired record; an erased one tells nothing. */
  | { readonly kind: "absent"; readonly version: Version; readonly source: ReadSource }
  | { readonly kind: "failed"; readonly error: CoreError };

/**
 * A clock that no server confirms never decides whether a record is expired.
 * @param expiresAtMs when readers no longer see the copy, in milliseconds since 1970
 */
export function resultOf(copy: StoredCopy, source: ReadSource, time: TimeOfDay, expiresAtMs: number): ReadResult {
  const { version, body } = copy;
  if (body === null || body.payload === null) return { kind: "absent", version, source };
  if (time.kind === "unconfirmed") return { kind: "failed", error: time.error };
  if (expiresAtMs <= time.nowMs) return { kind: "absent", version, source };
  return { kind: "found", version, payload: body.payload, expiresAtMs, source };
}
