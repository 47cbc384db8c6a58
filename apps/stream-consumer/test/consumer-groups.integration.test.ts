/**
 * Consumer groups on a real broker: deployments that share it do not take each
 * other's records, whatever they read, and what is added later moves nothing.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  consume,
  type ConsumeReport,
  type ConsumerGroup,
  consumerGroupsOf,
  createTopics,
  deadTopicOf,
  openKafkaStream,
  readLag,
  totalLag,
} from "../src/index.ts";
import {
  eventually,
  flight,
  openStreamFixture,
  readTopic,
  SESSION_TIMEOUT_MS,
  type StreamFixture,
} from "./stream-fixture.ts";

/** Of two tables. */
let fixture: StreamFixture;
let other: StreamFixture;
beforeAll(async () => {
  [fixture, other] = await Promise.all([openStreamFixture(2), openStreamFixture(1)]);
});
afterAll(() => Promise.all([fixture.close(), other.close()]));

type Bindings = ReadonlyMap<string, string>;

/** One process of a deployment, until its groups have caught up. */
async function consumeWith(
  { platform, admin }: StreamFixture,
  consumerGroups: readonly ConsumerGroup[],
  bindings: Bindings,
): Promise<ConsumeReport> {
  const { logger, settings } = platform;
  const { kafkaBrokers: brokers, table } = settings;
  const stream = await openKafkaStream({
    brokers,
    table,
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

/** As a process that is told nothing but its topics. */
function consumeByDefault(own: StreamFixture, bindings: Bindings): Promise<ConsumeReport> {
  const groups = consumerGroupsOf({ bindings, table: own.name, groupId: null });
  return consumeWith(own, groups, bindings);
}

async function newTopic(name: string, partitions = 1): Promise<string> {
  await createTopics(fixture.admin, [{ topic: name, numPartitions: partitions }]);
  return name;
}

/** How many of these destinations the feature group of the table holds. */
async function countIn({ platform }: StreamFixture, group: string, destinations: readonly string[]): Promise<number> {
  const found = await Promise.all(
    destinations.map((destination) => platform.reader.get(group, { origin: "SEA", destination })),
  );
  return found.filter((record) => record !== null).length;
}

function destinations(prefix: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}

const flights = (names: readonly string[]) => names.map((name) => flight(name, 1));

test("two processes of one table with different topics each read all of theirs", async () => {
  const { name } = fixture;
  const second = await newTopic(`${name}-second`);
  const [first3, second4] = [destinations("A", 3), destinations("B", 4)];
  await fixture.produce(flights(first3));
  await fixture.produce(flights(second4), undefined, second);
  const reports = await Promise.all([
    consumeByDefault(fixture, new Map([[name, name]])),
    consumeByDefault(fixture, new Map([[second, `${name}-copy`]])),
  ]);
  expect(reports).toMatchObject([{ consumed: 3 }, { consumed: 4 }]);
  expect(await countIn(fixture, name, [...first3, ...second4])).toBe(3);
  expect(await countIn(fixture, `${name}-copy`, [...first3, ...second4])).toBe(4);
});

test("two tables that read one topic at once each get all records, and their dead letters lie apart", async () => {
  const topic = await newTopic(`${fixture.name}-shared`, 2);
  const names = destinations("C", 6);
  await fixture.produce([...flights(names), { value: "{" }], undefined, topic);
  const reports = await Promise.all([
    consumeByDefault(fixture, new Map([[topic, fixture.name]])),
    consumeByDefault(other, new Map([[topic, other.name]])),
  ]);
  expect(reports).toMatchObject([
    { consumed: 7, deadLetters: 1 },
    { consumed: 7, deadLetters: 1 },
  ]);
  for (const own of [fixture, other]) {
    expect(await countIn(own, own.name, names)).toBe(6);
    const letters = await readTopic(own.kafka, deadTopicOf(topic, own.name), 1);
    expect(letters.map(({ headers }) => String(headers?.["table"]))).toEqual([own.name]);
  }
});

test("one topic into two feature groups by two processes at once is whole in both", async () => {
  const { name } = fixture;
  const topic = await newTopic(`${name}-both`, 2);
  const names = destinations("D", 8);
  await fixture.produce(flights(names), undefined, topic);
  const reports = await Promise.all([
    consumeByDefault(fixture, new Map([[topic, name]])),
    consumeByDefault(fixture, new Map([[topic, `${name}-copy`]])),
  ]);
  expect(reports).toMatchObject([{ consumed: 8 }, { consumed: 8 }]);
  for (const group of [name, `${name}-copy`]) expect(await countIn(fixture, group, names)).toBe(8);
});

test("a binding that is added later is read from its start, and those before it go on where they were", async () => {
  const { name } = fixture;
  const [old, added] = [await newTopic(`${name}-old`), await newTopic(`${name}-added`)];
  await fixture.produce(flights(destinations("E", 5)), undefined, old);
  await fixture.produce(flights(destinations("F", 4)), undefined, added);
  expect(await consumeByDefault(fixture, new Map([[old, name]]))).toMatchObject({ consumed: 5 });
  await fixture.produce(flights(destinations("G", 2)), undefined, old);
  const both = new Map([
    [old, name],
    [added, name],
  ]);
  expect(await consumeByDefault(fixture, both)).toMatchObject({ consumed: 2 + 4, receipts: { duplicate: 0 } });
  expect(await consumeByDefault(fixture, new Map([[old, name]]))).toMatchObject({ consumed: 0 });
  const all = [...destinations("E", 5), ...destinations("F", 4), ...destinations("G", 2)];
  expect(await countIn(fixture, name, all)).toBe(11);
});

test("the first start goes on from the offsets of the former default group, and takes nothing from it", async () => {
  const { name, admin } = fixture;
  const topic = await newTopic(`${name}-former`);
  await fixture.produce(flights(destinations("H", 5)), undefined, topic);
  await admin.setOffsets({ groupId: "trilane", topic, partitions: [{ partition: 0, offset: "2" }] });
  expect(await consumeByDefault(fixture, new Map([[topic, name]]))).toMatchObject({ consumed: 3 });
  expect(await countIn(fixture, name, destinations("H", 5))).toBe(3);
  const [former] = await admin.fetchOffsets({ groupId: "trilane", topics: [topic] });
  expect(former?.partitions).toMatchObject([{ partition: 0, offset: "2" }]);
  // Its own offsets stay from the second start on.
  expect(await consumeByDefault(fixture, new Map([[topic, name]]))).toMatchObject({ consumed: 0 });
});

test("members of one group with different topics read all partitions of both", async () => {
  const { name, admin } = fixture;
  const second = await newTopic(`${name}-two`, 2);
  const groupId = `${name}-shared`;
  const { logger, settings } = fixture.platform;
  const open = (topic: string) =>
    openKafkaStream({
      brokers: settings.kafkaBrokers,
      table: settings.table,
      consumerGroups: [{ groupId, topics: [topic] }],
      logger,
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
    });
  const streams = await Promise.all([open(name), open(second)]);
  const ignore = (): void => undefined;
  const resolved = async (): Promise<void> => undefined;
  const handlers = { onSlice: resolved, onUnreadable: resolved, onLost: ignore, onReset: ignore, onFailure: ignore };
  await Promise.all(streams.map(({ source }) => source.start(handlers)));
  await eventually(async () => {
    const lags = await readLag(admin, { groupId, topics: [name, second] });
    return lags.length === 4 && lags.every(({ isRead }) => isRead === true);
  });
  await eventually(async () => streams.every(({ source }) => source.assignment()?.length === 2));
  await Promise.all(streams.map((stream) => stream.close()));
});
