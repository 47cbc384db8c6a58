import { describe, expect, test } from "vitest";
import { exitCodeOf, loadSettings, SettingsError } from "../../src/index.ts";

function brokersOf(text: string): readonly string[] {
  return loadSettings({ TRILANE_CACHE_URL: "redis://cache:6379", TRILANE_KAFKA_BROKERS: text }).kafkaBrokers;
}

describe("addresses of brokers", () => {
  test("may have spaces between them", () => {
    expect(brokersOf("kafka-1:9092, kafka-2:9093")).toEqual(["kafka-1:9092", "kafka-2:9093"]);
  });

  test("are the local ones where none is set", () => {
    expect(brokersOf("")).toEqual(["127.0.0.1:9092"]);
  });

  test.each([
    ["kafka-1:9092,", 2],
    ["kafka-1", 1],
    ["kafka-1:9092,kafka-2:", 2],
    ["kafka-1:port", 1],
    ["kafka-1:70000", 1],
    ["kafka-1:0", 1],
    ["kafka://kafka-1:9092", 1],
    ["user:S3cr3t@kafka-1:9092", 1],
    ["kafka-1:9092 kafka-2:9092", 1],
  ])("are refused when they are read: %s", (text, place) => {
    const read = () => brokersOf(text);
    expect(read).toThrow(SettingsError);
    expect(read).toThrow(
      `expected host:port, or several with commas between them, without a scheme; address ${place} `,
    );
    expect(read).not.toThrow("S3cr3t");
  });
});

test("a lane's exit code says whether the same start may succeed", () => {
  expect(exitCodeOf(new SettingsError("TRILANE_TABLE", "is not valid"))).toBe(2);
  expect(exitCodeOf(Object.assign(new Error("no answer"), { retryable: true }))).toBe(75);
  expect(exitCodeOf(Object.assign(new Error("refused"), { retryable: false }))).toBe(1);
  expect(exitCodeOf("text")).toBe(1);
});
