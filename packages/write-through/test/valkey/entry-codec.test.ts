import { expect, it } from "vitest";
import { createNextId, VERSION_WIDTH } from "../../src/index.ts";
import { ENTRY_HEAD_WIDTH_MAX, SCRIPT_WINDOW_BYTES } from "../../src/valkey/entry-codec.ts";
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
