/** Operators and brokers change a topic while lanes read it, or while none does. */
import type { FeatureWriter } from "@trilane/feature-groups";
import kafkajs from "kafkajs";
import { afterEach, expect, test } from "vitest";
import { consume, createTopics, type ConsumeReport, type KafkaStream } from "../../src/index.ts";
import { eventually, flight, openStreamFixture, type StreamFixture } from "../stream-fixture.ts";

const METADATA_AGE_MS_MAX = 500;
const limits = { lagIntervalMs: 200 };

let fixture: StreamFixture;
afterEach(() => fixture.close());

interface Running {
  readonly stream: KafkaStream;
  stop(): Promise<ConsumeReport>;
}

/** @param beforeWrite each write waits for it */
async function start(beforeWrite: () => Promise<void> = async () => undefined): Promise<Running> {
  const stream = await fixture.openStream({ metadataAgeMsMax: METADATA_AGE_MS_MAX });
  const { bindings } = fixture;
  const writer: FeatureWriter = {
    ...fixture.platform.writer,
    async writeMany(changes, options) {
      await beforeWrite();
      return fixture.platform.writer.writeMany(changes, options);
    },
  };
  const platform = { ...fixture.platform, writer };
  const { source, deadLetters } = stream;
  const controller = new AbortController();
  const { signal } = controller;
  const done = consume({ platform, source, deadLetters, bindings, signal, limits }).finally(() => stream.close());
  done.catch(() => undefined);
  return {
    stream,
    stop() {
      controller.abort();
      return done;
    },
  };
}

async function delayOf(destination: string): Promise<unknown> {
  const { platform, name } = fixture;
  const record = await platform.reader.get(name, { origin: "SEA", destination });
  return record === null ? null : record.features["delay"];
}

async function remake(partitions = 1): Promise<void> {
  const { admin, name } = fixture;
  await admin.deleteTopics({ topics: [name] });
  const topics = [{ topic: name, numPartitions: partitions }];
  // A broker forgets a topic a moment after it has confirmed the deletion.
  await eventually(() => createTopics(admin, topics).catch(() => false));
}

test("a topic that is deleted and made again while a lane reads it is read from its start", async () => {
  fixture = await openStreamFixture(1);
  await fixture.produce([flight("M0", 1), flight("M1", 1)]);
  const [begun, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const running = await start(() => {
    begun.resolve();
    return gate.promise;
  });
  await begun.promise;
  // No fetch comes at a time when there is no topic.
  await remake();
  // There are more records than before, so the old position lies inside of the new topic.
  await fixture.produce([flight("M2", 1), flight("M3", 1), flight("M4", 1), flight("M5", 1)]);
  gate.resolve();
  await eventually(async () => (await delayOf("M5")) === 1 && (await delayOf("M2")) === 1);
  await fixture.caughtUp();
  expect(await running.stop()).toMatchObject({ lag: 0, receipts: { applied: 6 } });
});

test("so it is where a lane commits an offset of the old topic into the new one, and ends", async () => {
  fixture = await openStreamFixture(1);
  const { admin, name } = fixture;
  await fixture.produce([flight("N0", 1), flight("N1", 1)]);
  const { source, close } = await fixture.openStream();
  const [begun, gate, committed] = [1, 2, 3].map(() => Promise.withResolvers<void>());
  await source.start({
    async onSlice(slice) {
      begun?.resolve();
      await gate?.promise;
      await slice.commit(slice.endOffset);
      committed?.resolve();
    },
    onUnreadable: async () => undefined,
    onLost: () => undefined,
    onReset: () => undefined,
    onFailure: () => undefined,
  });
  await begun?.promise;
  await remake();
  await fixture.produce([flight("N2", 1), flight("N3", 1), flight("N4", 1)]);
  gate?.resolve();
  await committed?.promise;
  await close();
  const [own] = await admin.fetchOffsets({ groupId: name, topics: [name] });
  expect(own?.partitions).toMatchObject([{ offset: "2", metadata: expect.stringMatching(/^topic-id=[\da-f]{32}$/) }]);
  const after = await start();
  await eventually(async () => (await delayOf("N4")) === 1 && (await delayOf("N2")) === 1);
  await fixture.caughtUp();
  expect(await after.stop()).toMatchObject({ consumed: 3, lag: 0 });
});

test("partitions that are added while a lane runs are read from their start", async () => {
  fixture = await openStreamFixture(1);
  const running = await start();
  await fixture.produce([flight("P0", 1)]);
  await fixture.caughtUp();
  const { admin, name } = fixture;
  await admin.createPartitions({ topicPartitions: [{ topic: name, count: 3 }] });
  await eventually(() =>
    admin.fetchTopicOffsets(name).then(
      ({ length }) => length === 3,
      () => false,
    ),
  );
  // The fixture's producer does not know them yet, and drops their messages.
  const producer = fixture.kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  await producer.send({
    topic: name,
    messages: [1, 2].map((partition) => ({ ...flight(`P${partition}`, 1), partition })),
  });
  await producer.disconnect();
  await eventually(async () => (await delayOf("P1")) === 1 && (await delayOf("P2")) === 1);
  expect(await running.stop()).toMatchObject({ consumed: 3, lag: 0 });
});

test("a compacted topic is read up to its end, deletes included, and its lag is 0", async () => {
  fixture = await openStreamFixture(1);
  const { admin, name } = fixture;
  await compact(fixture);
  const key = (destination: string): string => JSON.stringify({ origin: "SEA", destination });
  const keyed = (destination: string, minute: number) => ({ ...flight(destination, minute), key: key(destination) });
  for (let minute = 0; minute < 40; minute += 1) await fixture.produce([keyed("Q0", minute), keyed("Q1", minute)]);
  await fixture.produce([{ key: key("Q1"), value: null }, keyed("Q2", 7)]);
  await eventually(() => isCompacted(fixture));
  const running = await start();
  await fixture.caughtUp();
  const report = await running.stop();
  expect(report.lag).toBe(0);
  expect(report.consumed).toBeLessThan(82);
  const [ends] = await admin.fetchTopicOffsets(name);
  expect(Number(ends?.high)).toBeGreaterThanOrEqual(82);
  expect([await delayOf("Q0"), await delayOf("Q1"), await delayOf("Q2")]).toEqual([39, null, 7]);
});

async function compact({ admin, name }: StreamFixture): Promise<void> {
  const entries = {
    "cleanup.policy": "compact",
    "min.cleanable.dirty.ratio": "0.01",
    "segment.ms": "100",
    "segment.bytes": "1048576",
    "min.compaction.lag.ms": "0",
    "delete.retention.ms": "86400000",
  };
  const { brokers } = await admin.describeCluster();
  const { BROKER, TOPIC } = kafkajs.ConfigResourceTypes;
  const configEntries = Object.entries(entries).map(([own, value]) => ({ name: own, value }));
  // The cleaner rests for 15 s by default.
  const hurry = [{ name: "log.cleaner.backoff.ms", value: "100" }];
  await admin.alterConfigs({ validateOnly: false, resources: [{ type: TOPIC, name, configEntries }] });
  for (const { nodeId } of brokers) {
    const resources = [{ type: BROKER, name: String(nodeId), configEntries: hurry }];
    await admin.alterConfigs({ validateOnly: false, resources });
  }
}

/** The broker compacts closed segments, and closes a segment only with the next record. */
async function isCompacted({ kafka, name, produce }: StreamFixture): Promise<boolean> {
  await produce([{ key: "filler", value: "{}" }]);
  const offsets = new Set<string>();
  const consumer = kafka.consumer({ groupId: `${name}-look`, maxWaitTimeInMs: 50 });
  await consumer.connect();
  await consumer.subscribe({ topics: [name], fromBeginning: true });
  const seen = Promise.withResolvers<void>();
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      for (const { offset } of batch.messages) offsets.add(offset);
      if (BigInt(batch.lastOffset()) + 1n >= BigInt(batch.highWatermark)) seen.resolve();
    },
  });
  await seen.promise;
  await consumer.disconnect();
  return offsets.size < 40;
}
