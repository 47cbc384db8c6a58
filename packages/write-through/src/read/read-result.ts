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
  /** There is no record. `version` is `NO_VERSION`, a tombstone's, or that of an expired record. */
  | { readonly kind: "absent"; readonly version: Version; readonly source: ReadSource }
  | { readonly kind: "failed"; readonly error: CoreError };

/** A clock that no server confirms never decides whether a record is expired. */
export function resultOf(copy: StoredCopy, source: ReadSource, time: TimeOfDay): ReadResult {
  const { version, body } = copy;
  if (body === null || body.payload === null) return { kind: "absent", version, source };
  if (time.kind === "unconfirmed") return { kind: "failed", error: time.error };
  if (body.expiresAtMs <= time.nowMs) return { kind: "absent", version, source };
  return { kind: "found", version, payload: body.payload, expiresAtMs: body.expiresAtMs, source };
}
