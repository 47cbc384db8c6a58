import type { FeatureWriter } from "@trilane/feature-groups";
import { loadSettings } from "@trilane/lane-kit";
import { CoreError, type Receipt } from "@trilane/write-through";
import kafkajs from "kafkajs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { consume, type ConsumeOptions, type ConsumeReport, deadTopicOf, StreamError } from "../src/index.ts";
import { produceBytes } from "./produce-bytes.ts";
import { eventually, flight, openStreamFixture, type StreamFixture } from "./stream-fixture.ts";

interface Running {
  stop(): Promise<ConsumeReport>;
  readonly done: Promise<ConsumeReport>;
}

async function start(fixture: StreamFixture, options: Partial<ConsumeOptions> = {}): Promise<Running> {
  const stream = await fixture.openStream();
  const { source, deadLetters } = stream;
  const { platform, bindings } = fixture;
  const controller = new AbortController();
  const done = consume({ platform, source, deadLetters, bindings, signal: controller.signal, ...options }).finally(() =>
    stream.close(),
  );
  done.catch(() => undefined);
  return {
    done,
    stop() {
      controller.abort();
      return done;
    },
  };
}

/** The fixture's platform with its writer behind `intercept`, which sees every call first. */
function withWriter(
  { platform }: StreamFixture,
  intercept: (next: () => Promise<readonly Receipt[]>, size: number) => Promise<readonly Receipt[]>,
): ConsumeOptions["platform"] {
  const writer: FeatureWriter = {
    ...platform.writer,
    writeMany: (changes, options) => intercept(() => platform.writer.writeMany(changes, options), changes.length),
  };
  return { ...platform, writer };
}

function failing(size: number, code: "STORE_UNAVAILABLE" | "STORE_REJECTED"): readonly Receipt[] {
  return Array.from({ length: size }, () => ({ status: "failed", error: new CoreError(code, "injected") }));
}

async function delayOf({ platform, name }: StreamFixture, destination: string): Promise<unknown> {
  const record = await platform.reader.get(name, { origin: "SEA", destination });
  return record === null ? null : record.features["delay"];
}

describe("a topic with every codec", () => {
  let fixture: StreamFixture;
  beforeAll(async () => {
    fixture = await openStreamFixture(2);
  });
  afterAll(() => fixture.close());

  test("is consumed whole, deletes included, and the report says so", async () => {
    const { None, GZIP, Snappy, LZ4, ZSTD } = kafkajs.CompressionTypes;
    for (const [index, codec] of [None, GZIP, Snappy, LZ4, ZSTD].entries()) {
      await fixture.produce(
        Array.from({ length: 100 }, (_, minute) => flight(`C${index}`, minute)),
        codec,
      );
    }
    const running = await start(fixture);
    await fixture.caughtUp();
    await fixture.produce([{ key: JSON.stringify({ origin: "SEA", destination: "C4" }), value: null }]);
    await fixture.caughtUp();
    const report = await running.stop();
    expect(report).toMatchObject({ consumed: 501, deadLetters: 0, lag: 0 });
    expect(report.receipts).toMatchObject({ failed: 0, dead: 0, expired: 0, duplicate: 0 });
    expect(report.receipts.applied + report.receipts.superseded).toBe(501);
    expect(report.receipts.applied).toBeGreaterThanOrEqual(6);
    for (const index of [0, 1, 2, 3]) expect(await delayOf(fixture, `C${index}`)).toBe(99);
    expect(await delayOf(fixture, "C4")).toBeNull();
  });
});

describe("poison messages", () => {
  let fixture: StreamFixture;
  beforeAll(async () => {
    fixture = await openStreamFixture(1);
  });
  afterAll(() => fixture.close());

  test("go to the dead-letter topic with their context, and do not stop the partition", async () => {
    await fixture.produce([
      flight("P0", 1),
      { key: "k1", value: '{"origin":', headers: { trace: "t1" } },
      { value: null },
      { value: JSON.stringify({ origin: "SEA", destination: "P1", date: "2199-01-01T00:00:00Z", delay: 1 }) },
      { value: JSON.stringify({ origin: "SEA", destination: "P1", date: "2001-06-01T00:00:00Z", delay: "late" }) },
      { value: "[]" },
      flight("P0", 2),
    ]);
    const running = await start(fixture);
    await fixture.caughtUp();
    const report = await running.stop();
    expect(report).toMatchObject({ consumed: 7, deadLetters: 5, receipts: { applied: 1, superseded: 1, dead: 5 } });
    expect(await delayOf(fixture, "P0")).toBe(2);
    const letters = await fixture.deadLetters(5);
    const told = letters.map(({ headers }) => [String(headers?.["offset"]), String(headers?.["reason"])]);
    expect(told).toEqual([
      ["1", "undecodable-value"],
      ["2", "undecodable-key"],
      ["3", "event-time-in-future"],
      ["4", "invalid-features"],
      ["5", "not-an-object"],
    ]);
    const [first] = letters;
    const headers = Object.fromEntries(
      Object.entries(first?.headers ?? {}).map(([name, value]) => [name, String(value)]),
    );
    expect(headers).toMatchObject({ topic: fixture.name, partition: "0", lane: "stream", "original-trace": "t1" });
    expect(headers["error"]).toContain("JSON");
    expect(String(first?.key)).toBe("k1");
    expect(String(first?.value)).toBe('{"origin":');
  });
});

describe("dead letters", () => {
  let fixture: StreamFixture;
  beforeAll(async () => {
    fixture = await openStreamFixture(1);
  });
  afterAll(() => fixture.close());

  test("hold key, value and headers byte for byte, also of a header that came twice", async () => {
    const bytes = Buffer.from("ff00fe", "hex");
    const headers = { trace: bytes, hop: ["one", "two"], constructor: "own" };
    await fixture.produce([{ key: bytes, value: bytes, headers }]);
    const running = await start(fixture);
    await fixture.caughtUp();
    await running.stop();
    const [letter] = await fixture.deadLetters(1);
    expect(letter).toMatchObject({ key: bytes, value: bytes });
    expect(letter?.headers).toMatchObject({
      "original-trace": bytes,
      "original-hop": [Buffer.from("one"), Buffer.from("two")],
      "original-constructor": Buffer.from("own"),
    });
  });

  test("that do not fit their topic are kept without what is too large, and block no partition", async () => {
    const large = Buffer.alloc(LETTER_BYTES_MAX, "x");
    const small = Buffer.from("small");
    await limitLetters(fixture);
    await fixture.produce([
      { key: small, value: large },
      { key: small, value: small, headers: { large } },
      { key: large, value: small },
      flight("L0", 1),
    ]);
    const running = await start(fixture);
    await fixture.caughtUp();
    expect(await running.stop()).toMatchObject({ deadLetters: 3, receipts: { applied: 1 } });
    const letters = await fixture.deadLetters(3);
    const told = letters.map(({ headers }) =>
      ["offset", "value-omitted-bytes", "headers-omitted-bytes", "key-omitted-bytes"].map((name) =>
        String(headers?.[name]),
      ),
    );
    const bytes = String(LETTER_BYTES_MAX);
    expect(told).toEqual([
      ["1", bytes, "undefined", "undefined"],
      ["2", "5", String(LETTER_BYTES_MAX + "large".length), "undefined"],
      ["3", "5", "0", bytes],
    ]);
  });
});

const LETTER_BYTES_MAX = 20_000;

/** Limits the topic, as if another program had created it. */
async function limitLetters({ admin, name }: StreamFixture): Promise<void> {
  const configEntries = [{ name: "max.message.bytes", value: String(LETTER_BYTES_MAX) }];
  const type = kafkajs.ConfigResourceTypes.TOPIC;
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type, name: deadTopicOf(name, name), configEntries }],
  });
}

describe("a dead letter", () => {
  let fixture: StreamFixture;
  beforeAll(async () => {
    fixture = await openStreamFixture(1);
  });
  afterAll(() => fixture.close());

  test("names the headers that came without a value, which are not those with an empty one", async () => {
    const headers = [
      ["trace", null],
      ["hop", Buffer.from("one")],
      ["hop", null],
      ["empty", Buffer.alloc(0)],
    ] as const;
    const records = [{ delta: 0, key: Buffer.from("k"), value: Buffer.from("{"), headers }];
    const batch = { baseOffset: 0, lastOffsetDelta: 0, records };
    await produceBytes(loadSettings().kafkaBrokers[0] ?? "", { topic: fixture.name, partition: 0, batch });
    const running = await start(fixture);
    await fixture.caughtUp();
    expect(await running.stop()).toMatchObject({ consumed: 1, deadLetters: 1 });
    const [letter] = await fixture.deadLetters(1);
    expect(letter).toMatchObject({ key: Buffer.from("k"), value: Buffer.from("{") });
    expect(letter?.headers).toMatchObject({
      "original-trace": Buffer.alloc(0),
      "original-hop": [Buffer.from("one"), Buffer.alloc(0)],
      "original-empty": Buffer.alloc(0),
    });
    expect(JSON.parse(String(letter?.headers?.["null-headers"]))).toEqual(["trace", ["hop", 1]]);
  });
});

describe("transactions", () => {
  test("that were aborted leave nothing, in whichever order they ended", async () => {
    const fixture = await openStreamFixture(1);
    const { name: topic } = fixture;
    const [first, second] = await Promise.all(["p", "q"].map((own) => beginTransaction(fixture, own)));
    await first?.send({ topic, messages: [flight("A0", 1)] });
    await second?.send({ topic, messages: [{ ...flight("A1", 1), key: Buffer.alloc(4) }] });
    await second?.send({ topic, messages: [flight("A2", 1)] });
    await first?.send({ topic, messages: [flight("A0", 2)] });
    await second?.abort();
    await first?.abort();
    const third = await beginTransaction(fixture, "r");
    await third.send({ topic, messages: [flight("A3", 1)] });
    await third.commit();
    const running = await start(fixture);
    await fixture.caughtUp();
    expect(await running.stop()).toMatchObject({ consumed: 1, lag: 0, receipts: { applied: 1 } });
    expect(await delayOf(fixture, "A3")).toBe(1);
    for (const destination of ["A0", "A1", "A2"]) expect(await delayOf(fixture, destination)).toBeNull();
    await fixture.close();
  });
});

async function beginTransaction({ kafka, name }: StreamFixture, id: string): Promise<kafkajs.Transaction> {
  const producer = kafka.producer({
    transactionalId: `${name}-${id}`,
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  producers.push(producer);
  return producer.transaction();
}

const producers: kafkajs.Producer[] = [];
afterAll(() => Promise.all(producers.map((producer) => producer.disconnect())));

describe("commits", () => {
  let fixture: StreamFixture;
  beforeAll(async () => {
    fixture = await openStreamFixture(1);
  });
  afterAll(() => fixture.close());

  test("come only after the receipts", async () => {
    await fixture.produce([flight("W0", 1), flight("W1", 1)]);
    const called = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const platform = withWriter(fixture, async (next) => {
      const receipts = await next();
      called.resolve();
      await gate.promise;
      return receipts;
    });
    const running = await start(fixture, { platform });
    await called.promise;
    expect(await fixture.lag()).toBe(2);
    gate.resolve();
    await fixture.caughtUp();
    expect(await running.stop()).toMatchObject({ consumed: 2 });
  });

  test("wait for records that fail for a while, which are delivered again", async () => {
    await fixture.produce([flight("F0", 5), flight("F1", 5)]);
    let calls = 0;
    const platform = withWriter(fixture, async (next, size) => {
      calls += 1;
      return calls <= 5 ? failing(size, "STORE_UNAVAILABLE") : next();
    });
    const retry = { attemptsMax: 2, baseMs: 1, maxMs: 1 };
    const limits = { redelivery: { baseMs: 20, maxMs: 50 } };
    const running = await start(fixture, { platform, retry, limits });
    await eventually(async () => calls >= 4);
    expect(await fixture.lag()).toBe(2);
    await fixture.caughtUp();
    expect(await running.stop()).toMatchObject({ consumed: 2, receipts: { applied: 2, failed: 0 } });
    expect(await delayOf(fixture, "F1")).toBe(5);
  });

  test("never come for records that cannot be written, which end the lane", async () => {
    await fixture.produce([flight("R0", 1)]);
    const platform = withWriter(fixture, async (_next, size) => failing(size, "STORE_REJECTED"));
    const running = await start(fixture, { platform });
    await expect(running.done).rejects.toMatchObject({ code: "WRITE_REFUSED" });
    expect(await fixture.lag()).toBe(1);
  });

  test("of what was under way at the signal still happen", async () => {
    await fixture.produce([flight("S0", 3)]);
    const called = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const platform = withWriter(fixture, async (next) => {
      called.resolve();
      await gate.promise;
      return next();
    });
    const running = await start(fixture, { platform });
    await called.promise;
    const stopped = running.stop();
    gate.resolve();
    expect(await stopped).toMatchObject({ lag: 0 });
    expect(await delayOf(fixture, "S0")).toBe(3);
  });
});

describe("a lane that cannot start", () => {
  test("names the topic that is missing", async () => {
    const fixture = await openStreamFixture(1);
    await fixture.admin.deleteTopics({ topics: [fixture.name] });
    const running = await start(fixture);
    await expect(running.done).rejects.toThrow(StreamError);
    await expect(running.done).rejects.toMatchObject({ code: "TOPIC_MISSING" });
    await fixture.close();
  });

  test("names the group that is not defined", async () => {
    const fixture = await openStreamFixture(1);
    const running = await start(fixture, { bindings: new Map([[fixture.name, "rutes"]]) });
    await expect(running.done).rejects.toMatchObject({ code: "BINDING_INVALID" });
    await fixture.close();
  });
});
