import { expect, test } from "vitest";
import { shownAddress } from "../src/index.ts";

const SECRET = "S3cr3tM4rker";

test.each([
  [`redis://:${SECRET}@127.0.0.1:6380`, "redis://127.0.0.1:6380"],
  [`rediss://app:${SECRET}@queue.internal/3?password=${SECRET}`, "rediss://queue.internal"],
  [`redis://a:${SECRET}@one:1, redis://a:${SECRET}@[::1]:2`, "redis://one:1, redis://[::1]:2"],
  [`http://${SECRET}@localhost:8000/${SECRET}#${SECRET}`, "http://localhost:8000"],
  ["kafka-1:9092,kafka-2:9092", "kafka-1:9092, kafka-2:9092"],
  [`user:${SECRET}@kafka-1:9092`, "kafka-1:9092"],
  [`redis://app:${SECRET}#@queue`, "(an address that cannot be read)"],
  [`${SECRET} ${SECRET}`, "(an address that cannot be read)"],
])("of an address scheme, host and port are shown: %#", (address, shown) => {
  expect(shownAddress(address)).toBe(shown);
});
