/**
 * A batch of a topic that is small and becomes hundreds of megabytes, before a
 * consumer of two partitions: that of the batch must stop, the other one must
 * go on, and the process must keep its memory.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { createLogger } from "@trilane/lane-kit";
import { createKafka, createTopics, readLag } from "@trilane/stream-consumer";
import kafkajs, { type Admin, type Message } from "kafkajs";
import type { TopicCase } from "./large-cases.ts";
import { type Ended, programOf, startMeasured } from "./measured-process.ts";

export interface TopicBombOptions {
  readonly brokers: readonly string[];
  /** Of the topic and of the consumer group. */
  readonly name: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly share: number;
  readonly directory: string;
}

const MAIN = programOf(import.meta.resolve("@trilane/stream-consumer"));
const BOMBED = 0;
const OTHER = 1;
const STOPPED = "partition stopped";
const STOPS_WITHIN_MS = 120_000;
const READ_WITHIN_MS = 60_000;
const LOOK_MS = 100;
const FIRST_MS = Date.UTC(2024, 0, 1);

/** @returns how the process ended after the other partition was read, and how large the batch was in the topic */
export async function runTopicBomb(
  one: TopicCase,
  options: TopicBombOptions,
): Promise<{ readonly ended: Ended; readonly batchBytes: number }> {
  const { brokers, name } = options;
  const kafka = createKafka({ brokers, clientId: name, logger: createLogger("large-loads", "silent") });
  const [admin, producer] = [kafka.admin(), kafka.producer({ allowAutoTopicCreation: false })];
  await Promise.all([admin.connect(), producer.connect()]);
  try {
    await createTopics(admin, [{ topic: name, numPartitions: 2 }]);
    const send = (message: Message, compression = kafkajs.CompressionTypes.None) =>
      producer.send({ topic: name, messages: [message], compression, acks: -1 });
    await send({ ...recordOf(1), partition: BOMBED });
    const bomb = Buffer.alloc(one.bytes(options.share));
    await send({ value: bomb, partition: BOMBED }, kafkajs.CompressionTypes[one.codec]);
    await send({ ...recordOf(2), partition: BOMBED });
    const ended = await consumeUntilStopped(options, async () => {
      await send({ ...recordOf(3), partition: OTHER });
      await untilRead(admin, name, OTHER);
    });
    return { ended, batchBytes: bomb.length };
  } finally {
    await Promise.all([admin.disconnect(), producer.disconnect()]);
  }
}

/** Ends the process in order after `meanwhile`, which begins when a partition has stopped. */
async function consumeUntilStopped(options: TopicBombOptions, meanwhile: () => Promise<void>): Promise<Ended> {
  const { name, environment, directory } = options;
  const args = ["--topic", `${name}=samples`, "--group-id", name];
  const { ended, says, signal } = startMeasured({ main: MAIN, args, environment, directory });
  const late = sleep(STOPS_WITHIN_MS, false, { ref: false });
  try {
    if (await Promise.race([says(STOPPED), late])) await meanwhile();
  } finally {
    signal("SIGTERM");
  }
  return await ended;
}

async function untilRead(admin: Admin, name: string, partition: number): Promise<void> {
  const endMs = performance.now() + READ_WITHIN_MS;
  for (;;) {
    const lag = await readLag(admin, { groupId: name, topics: [name] });
    const own = lag.find((one) => one.partition === partition);
    if (own !== undefined && own.committed === own.highWatermark) return;
    if (performance.now() > endMs) throw new Error(`partition ${partition} was not read in ${READ_WITHIN_MS} ms`);
    await sleep(LOOK_MS);
  }
}

function recordOf(number: number): Message {
  const observed_at = new Date(FIRST_MS).toISOString();
  return { value: JSON.stringify({ station: `s${number}`, observed_at, number, value: number, quality: "good" }) };
}
