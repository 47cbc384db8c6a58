import { copyOf, versionOf } from "@trilane/write-through/testing";
import { expect, it } from "vitest";
import { CoreError, createNextId, NO_VERSION, type StoredCopy, VERSION_WIDTH } from "../../src/index.ts";
import {
  decodeEntry,
  decodeFenceReply,
  encodeEpoch,
  encodeTail,
  ENTRY_HEAD_WIDTH_MAX,
  SCRIPT_WINDOW_BYTES,
} from "../../src/valkey/entry-codec.ts";
import { scriptText } from "../../src/valkey/scripts.ts";

const KIND_AND_EPOCH_WIDTH = 11;

it("has room for the widest head of an entry in what the scripts read", () => {
  expect(createNextId()()).toHaveLength(ENTRY_HEAD_WIDTH_MAX - KIND_AND_EPOCH_WIDTH - VERSION_WIDTH - 1);
  expect(ENTRY_HEAD_WIDTH_MAX).toBe(125);
  expect(ENTRY_HEAD_WIDTH_MAX).toBeLessThanOrEqual(SCRIPT_WINDOW_BYTES);
  expect(scriptText("fence")).toContain(`redis.call('GETRANGE', key, 0, ${SCRIPT_WINDOW_BYTES - 1})`);
});

it("finds the version, the id and the token where the scripts find them", () => {
  const versionEnd = KIND_AND_EPOCH_WIDTH + VERSION_WIDTH;
  const text = scriptText("fence");
  expect(text).toContain(`version_of(head) return string.sub(head, ${KIND_AND_EPOCH_WIDTH + 1}, ${versionEnd})`);
  expect(text).toContain(`fence_id_of(head) return string.sub(head, ${versionEnd + 2})`);
  expect(text).toContain(`token_of(head) return string.sub(head, ${versionEnd + 1})`);
});

const EPOCH = 12;
const EXPIRES_AT_MS = Date.UTC(2090, 0, 1);

/** Puts an entry together as `lua/common.lua` does. */
function entryOf(kind: string, version: string, rest: Buffer | string): Buffer {
  return Buffer.concat([Buffer.from(kind + encodeEpoch(EPOCH) + version, "latin1"), Buffer.from(rest)]);
}

it.each<readonly [string, StoredCopy]>([
  ["a record", copyOf(1)],
  ["a record without a byte", { version: versionOf(2), body: { payload: Buffer.of(0), expiresAtMs: EXPIRES_AT_MS } }],
  ["a tombstone", { version: versionOf(3), body: { payload: null, expiresAtMs: EXPIRES_AT_MS } }],
  ["no such record", { version: NO_VERSION, body: null }],
])("brings a clean copy of %s back as it was", (_, copy) => {
  const entry = decodeEntry(entryOf("C", copy.version, encodeTail(copy)));
  expect(entry).toEqual({ state: "clean", epoch: EPOCH, copy });
});

it("tells a fence and a lease from a copy, and nothing from all three", () => {
  const version = versionOf(1);
  expect(decodeEntry(entryOf("F", version, "1fence-id"))).toEqual({
    state: "fence",
    epoch: EPOCH,
    id: "fence-id",
    pending: version,
    replacedClean: true,
  });
  expect(decodeEntry(entryOf("L", version, "token"))).toEqual({
    state: "lease",
    epoch: EPOCH,
    token: "token",
    floor: version,
  });
  expect(decodeEntry(null)).toEqual({ state: "absent" });
});

it.each([
  ["nothing", Buffer.alloc(0)],
  ["another program's text", Buffer.from("another program's")],
  ["an unknown kind", entryOf("X", versionOf(1), encodeTail(copyOf(1)))],
  ["an epoch that is no number", Buffer.from(`Cepoch-----${versionOf(1)}`)],
  ["a version that was cut", entryOf("C", versionOf(1).slice(0, 40), "")],
  ["a copy without a body", entryOf("C", versionOf(1), "")],
  ["a body of an unknown kind", entryOf("C", versionOf(1), `${"0".repeat(16)}Q`)],
  ["an expiry that is no number", entryOf("C", versionOf(1), `${"x".repeat(16)}P`)],
  ["a fence without an id", entryOf("F", versionOf(1), "1")],
  ["a fence with another flag", entryOf("F", versionOf(1), "2fence-id")],
  ["a lease without a token", entryOf("L", versionOf(1), "")],
])("refuses %s as corrupt, and repeats no more than its start", (_, bytes) => {
  expect(() => decodeEntry(bytes)).toThrow(CoreError);
  expect(() => decodeEntry(bytes)).toThrow(
    /^the cache holds something that is not an entry \(it begins with ".{0,60}"\)/,
  );
});

it("reads the answer to a fence", () => {
  expect(decodeFenceReply(`C${versionOf(2)}`)).toEqual({ kind: "covered", version: versionOf(2) });
  expect(decodeFenceReply("F1id")).toEqual({ kind: "fenced", id: "id", replacedClean: true });
  expect(decodeFenceReply("F0id")).toEqual({ kind: "fenced", id: "id", replacedClean: false });
  expect(() => decodeFenceReply("Cversion")).toThrow(CoreError);
  expect(() => decodeFenceReply("?")).toThrow(CoreError);
});
