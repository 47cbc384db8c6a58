/**
 * One consumer of the benchmark, in a process of its own, so that its CPU and
 * its event loop are measured alone: this lane, or kafkajs with a handler that
 * does nothing. It reads a topic from its first message to its last one, and
 * tells its parent the figures.
 *
 *   node consumer-process.ts by-hand|trilane TOPIC MESSAGES
 */
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { createDynamoDb, createLogger, loadSettings, openPlatform } from "@trilane/lane-kit";
import { applyTable } from "@trilane/write-through/dynamodb";
import kafkajs from "kafkajs";
import { openKafkaStream } from "../src/kafkajs/open-kafka-stream.ts";
import { consume } from "../src/lane.ts";
import { watchComputing } from "./longest-computing.ts";
import { countSentAgain } from "./sent-again.ts";
import type { StreamSource } from "../src/stream-source.ts";

export interface ConsumerFigures {
  readonly perSecond: number;
  readonly cpuUs: number;
  /** Records that the store took. */
  readonly applied: number;
  readonly delayP99Ms: number;
  readonly delayMaxMs: number;
  /** The most CPU time of the thread between two turns of the event loop. */
  readonly computingMaxMs: number;
}

const LOOK_MS = 5;
const DELAY_RESOLUTION_MS = 1;
const NS_PER_MS = 1_000_000;
const MS_PER_SECOND = 1_000;

const [, , name, topic = "", count = "0"] = process.argv;
const messages = Number(count);
const settings = loadSettings();
const delays = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
const first = Promise.withResolvers<void>();
const figures = name === "by-hand" ? await byHand() : await trilane();
process.send?.(figures);
process.disconnect();

interface Measured {
  readonly end: () => Omit<ConsumerFigures, "applied">;
}

/** Begins with the first message. */
function begin(): Measured {
  delays.enable();
  const computing = watchComputing();
  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  return {
    end() {
      const seconds = (performance.now() - startedMs) / MS_PER_SECOND;
      const { user, system } = process.cpuUsage(cpuBefore);
      delays.disable();
      return {
        perSecond: messages / seconds,
        cpuUs: (user + system) / messages,
        delayP99Ms: delays.percentile(99) / NS_PER_MS - DELAY_RESOLUTION_MS,
        delayMaxMs: delays.max / NS_PER_MS - DELAY_RESOLUTION_MS,
        computingMaxMs: computing.end(),
      };
    },
  };
}

async function byHand(): Promise<ConsumerFigures> {
  const kafka = new kafkajs.Kafka({ brokers: [...settings.kafkaBrokers], logLevel: kafkajs.logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: `by-hand-${process.pid}` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const all = Promise.withResolvers<void>();
  let taken = 0;
  await consumer.run({
    eachBatch: async ({ batch }) => {
      first.resolve();
      taken += batch.messages.length;
      if (taken >= messages) all.resolve();
    },
  });
  await first.promise;
  const measured = begin();
  await all.promise;
  const end = measured.end();
  await consumer.disconnect();
  return { ...end, applied: 0 };
}

async function trilane(): Promise<ConsumerFigures> {
  const dynamodb = createDynamoDb(settings);
  await applyTable(dynamodb, settings.table);
  dynamodb.destroy();
  const logger = createLogger("bench", "silent");
  const platform = await openPlatform({ name: "bench", settings, logger });
  const stream = await openKafkaStream({
    brokers: settings.kafkaBrokers,
    table: settings.table,
    consumerGroups: [{ groupId: settings.table, topics: [topic] }],
    logger,
  });
  const stop = new AbortController();
  const consumed = platform.metrics.counter("trilane_stream_consumed_total", "Records with a final receipt");
  const { deadLetters } = stream;
  const source = tellingFirst(stream.source);
  const again = countSentAgain(platform.writer);
  const running = consume({
    platform: { ...platform, writer: again.writer },
    source,
    deadLetters,
    bindings: new Map([[topic, "routes"]]),
    signal: stop.signal,
  });
  await first.promise;
  const measured = begin();
  while (((await consumed.get()).values[0]?.value ?? 0) < messages) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  const end = measured.end();
  stop.abort();
  const { receipts } = await running;
  await stream.close();
  await platform.close();
  const { applied, superseded, duplicate } = receipts;
  // All messages differ, so nothing is a duplicate but what was sent again.
  const duplicatesMax = again.count();
  if (applied + superseded + duplicate !== messages || duplicate > duplicatesMax) {
    throw new Error(`receipts: ${JSON.stringify(receipts)}, of which at most ${duplicatesMax} were sent again`);
  }
  return { ...end, applied };
}

/** The source, which tells when the first slice comes. */
function tellingFirst(source: StreamSource): StreamSource {
  return {
    start: (handlers) =>
      source.start({
        ...handlers,
        onSlice(slice) {
          first.resolve();
          return handlers.onSlice(slice);
        },
      }),
    pause: (...own) => source.pause(...own),
    resume: (partition) => source.resume(partition),
    assignment: () => source.assignment(),
    lag: () => source.lag(),
    stop: () => source.stop(),
    close: () => source.close(),
  };
}
