/** The stream lane within a process's frame: consumes until a signal, then prints one line of JSON with what it did. */
import type { ProcessContext } from "@trilane/lane-kit";
import { readStreamConfig } from "./config.ts";
import { consume } from "./consume.ts";
import { openKafkaStream } from "./kafkajs/open-kafka-stream.ts";

const DRAIN_LIMIT_MS = 20_000;

/** @param args the command line's, without the program. */
export async function runStreamLane(
  { platform, lifecycle, health }: ProcessContext,
  args: readonly string[],
): Promise<void> {
  const { bindings, ...config } = readStreamConfig(args);
  const { logger, settings } = platform;
  const topics = [...bindings.keys()];
  const stream = await openKafkaStream({ ...config, topics, brokers: settings.kafkaBrokers, logger });
  try {
    const { source, deadLetters } = stream;
    health?.addCheck("stream", async () =>
      source.assignment() === null ? "not a member of the consumer group" : null,
    );
    const consumed = consume({ platform, source, deadLetters, bindings, signal: lifecycle.signal });
    // The writer must stay open until the slices under way have their receipts.
    const settled = consumed.then(
      () => undefined,
      () => undefined,
    );
    lifecycle.onShutdown("stream", { timeLimitMs: DRAIN_LIMIT_MS }, () => settled);
    process.stdout.write(`${JSON.stringify(await consumed)}\n`);
  } finally {
    await stream.close();
  }
}
