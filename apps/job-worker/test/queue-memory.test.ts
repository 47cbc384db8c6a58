import { expect, test } from "vitest";
import { isOutOfMemory, memoryStateOf, memoryText, queueMemoryOf } from "../src/queue-memory.ts";

const info = (used: number, max: number): string =>
  `# Memory\r\nused_memory:${used}\r\nused_memory_rss:9999\r\nmaxmemory:${max}\r\nmaxmemory_policy:noeviction\r\n`;

test.each([
  [10, 100, "free"],
  [79, 100, "free"],
  [80, 100, "filling"],
  [90, 100, "full"],
  [130, 100, "full"],
  [130, 0, "unbounded"],
])("%i of %i bytes are %s", (used, max, state) => {
  expect(memoryStateOf(queueMemoryOf(info(used, max)))).toBe(state);
});

test("memory is told in MiB", () => {
  expect(memoryText(queueMemoryOf(info(1_572_864, 62_914_560)))).toBe("1.5 of 60.0 MiB");
  expect(memoryText(queueMemoryOf(info(1_572_864, 0)))).toBe("1.5 MiB");
});

test("only a server's own reply is a refusal for want of memory", () => {
  const reply = Object.assign(new Error("OOM command not allowed when used memory > 'maxmemory'."), {
    name: "ReplyError",
  });
  expect(isOutOfMemory(reply)).toBe(true);
  expect(isOutOfMemory(new Error("OOM of a resolver"))).toBe(false);
});
