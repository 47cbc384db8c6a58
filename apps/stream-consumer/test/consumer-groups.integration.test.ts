/** Consumer groups on a real broker: the default, and the effect of a shared group. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { consume, type ConsumerGroup, consumerGroupsOf, openKafkaStream, readLag, totalLag } from "../src/index.ts";
import { eventually, flight, openStreamFixture, SESSION_TIMEOUT_MS, type StreamFixture } from "./stream-fixture.ts";

let fixture: StreamFixture;
beforeAll(async () => {
  fixture = await openStreamFixture(2);
});
afterAll(() => fixture.close());

/** Consumes until the groups have caught up. */
async function consumeWith(consumerGroups: readonly ConsumerGroup[], bindings = fixture.bindings) {
  const { platform, admin } = fixture;
  const { logger, settings } = platform;
  const stream = await openKafkaStream({
    brokers: settings.kafkaBrokers,
    consumerGroups,
    logger,
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
  });
  const { source, deadLetters } = stream;
  const stop = new AbortController();
  const done = consume({ platform, source, deadLetters, bindings, signal: stop.signal });
  await eventually(async () => {
    const lags = await Promise.all(consumerGroups.map((group) => readLag(admin, group)));
    return totalLag(lags.flat()) === 0;
  });
  stop.abort();
  return done.finally(() => stream.close());
}

test("each table and each feature group gets all records of a topic", async () => {
  const { bindings, name } = fixture;
  await fixture.produce([flight("G0", 1), flight("G1", 1), flight("G2", 1)]);
  for (const table of [name, `${name}-staging`]) {
    const groups = consumerGroupsOf({ bindings, table, groupId: null });
    expect(await consumeWith(groups)).toMatchObject({ consumed: 3, lag: 0 });
  }
});

test("a group that is new goes on where the one before was", async () => {
  const { name, admin } = fixture;
  const former = { groupId: `${name}-former`, topics: [name] };
  await consumeWith([former]);
  await fixture.produce([flight("G3", 1)]);
  const renamed = { groupId: `${name}-new`, topics: [name], formerGroupId: former.groupId };
  expect(await consumeWith([renamed])).toMatchObject({ consumed: 1 });
  const [left] = await admin.fetchOffsets({ groupId: renamed.groupId, topics: [name] });
  expect(left?.partitions.every(({ offset }) => Number(offset) >= 0)).toBe(true);
});

test("members of one group with different topics read all partitions of both", async () => {
  const { name, admin } = fixture;
  const other = `${name}-other`;
  await admin.createTopics({ topics: [{ topic: other, numPartitions: 2 }], waitForLeaders: true });
  const groupId = `${name}-shared`;
  const { logger, settings } = fixture.platform;
  const open = (topic: string) =>
    openKafkaStream({
      brokers: settings.kafkaBrokers,
      consumerGroups: [{ groupId, topics: [topic] }],
      logger,
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
    });
  const streams = await Promise.all([open(name), open(other)]);
  const ignore = (): void => undefined;
  const resolved = async (): Promise<void> => undefined;
  const handlers = { onSlice: resolved, onUnreadable: resolved, onLost: ignore, onReset: ignore, onFailure: ignore };
  await Promise.all(streams.map(({ source }) => source.start(handlers)));
  await eventually(async () => {
    const lags = await readLag(admin, { groupId, topics: [name, other] });
    return lags.length === 4 && lags.every(({ isRead }) => isRead === true);
  });
  await eventually(async () => streams.every(({ source }) => source.assignment()?.length === 2));
  await Promise.all(streams.map((stream) => stream.close()));
});
