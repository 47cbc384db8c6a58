/** Records for tests: small versions in a known order, and payloads that name them. */
import type { StoredCopy, StorePut } from "../ports/store.ts";
import { type Lane, makeVersion, NO_VERSION, type Version } from "../protocol/version.ts";
import type { WriteRecord } from "../write/records.ts";

/** A moment far in the future, in whole seconds. */
const EXPIRES_AT_MS = Date.UTC(2090, 0, 1);

/** The version number `n`; 0 is the lowest, "none". */
export function versionOf(n: number, lane: Lane = "stream"): Version {
  if (n === 0) return NO_VERSION;
  return makeVersion({ eventTimeUs: n * 1_000_000, sequence: 0n, lane, contentHash: n.toString(16).padStart(16, "0") });
}

export function payloadOf(n: number): Uint8Array {
  return Buffer.from(`payload ${n}`);
}

export function copyOf(n: number): StoredCopy {
  return n === 0
    ? { version: NO_VERSION, body: null }
    : { version: versionOf(n), body: { payload: payloadOf(n), expiresAtMs: EXPIRES_AT_MS } };
}

export function recordOf(key: string, n: number, overrides: Partial<WriteRecord> = {}): WriteRecord {
  return {
    key,
    version: versionOf(n),
    payload: payloadOf(n),
    expiresAtMs: EXPIRES_AT_MS,
    populate: "always",
    ...overrides,
  };
}

export function putOf(key: string, n: number): StorePut {
  return { key, version: versionOf(n), body: { payload: payloadOf(n), expiresAtMs: EXPIRES_AT_MS } };
}
