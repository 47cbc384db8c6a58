import { createLogger } from "@trilane/lane-kit";
import { expect, it } from "vitest";
import { createKafka } from "../../src/kafkajs/kafka-client.ts";

it("logs an error that the library logs as it is by its message, one level lower", () => {
  const lines: string[] = [];
  const logger = createLogger("test", "info", { write: (line) => lines.push(line) });
  const kafka = createKafka({ brokers: ["127.0.0.1:1"], clientId: "test", logger });
  // The types of the library promise a text, which it does not always give.
  const log = kafka.logger() as unknown as { readonly error: (message: unknown, fields?: object) => void };
  log.error(new Error("SASL PLAIN authentication failed"), { retryCount: 1 });
  expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
    { level: 40, msg: "SASL PLAIN authentication failed", retryCount: 1 },
  ]);
});
