/** The stream lane over one topic for each case, all in one run; every topic has the name of its case. */
import {
  consume,
  createKafka,
  createTopics,
  deadTopicOf,
  type KafkaStream,
  openKafkaStream,
  readLag,
  totalLag,
} from "@trilane/stream-consumer";
import type { FeatureWriter } from "@trilane/feature-groups";
import type { Receipt } from "@trilane/write-through";
import type { IHeaders, KafkaMessage } from "kafkajs";
import { vi } from "vitest";
import * as z from "zod";
import { type CaseOf, type CorpusSetting, jsonOf } from "./corpus-setting.ts";
import { countReceipts, type FoundLetter } from "./right-outcome.ts";

export interface StreamLane {
  outcomeOf(one: CaseOf<"stream">): Promise<StreamOutcome>;
  close(): Promise<void>;
}

interface StreamOutcome {
  readonly receipts: Readonly<Record<string, number>>;
  readonly letters: readonly FoundLetter[];
}

const WAIT_MS_MAX = 30_000;
const LOOK_MS = 50;

/** Text, or bytes in base64. */
const content = z.union([z.string(), z.strictObject({ base64: z.string() })]);
const messages = z.array(
  z.strictObject({
    key: content.nullable().optional(),
    value: content.nullable(),
    headers: z.record(z.string(), z.array(content)).optional(),
  }),
);

/** Resolves when every message of every case is committed. */
export async function openStreamLane(setting: CorpusSetting, cases: readonly CaseOf<"stream">[]): Promise<StreamLane> {
  const { settings, platform, name } = setting;
  const brokers = settings.kafkaBrokers;
  const { logger } = platform;
  const kafka = createKafka({ brokers, clientId: name, logger });
  const admin = kafka.admin();
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await Promise.all([admin.connect(), producer.connect()]);
  const topics = cases.map((one) => topicOf(setting, one));
  await createTopics(
    admin,
    topics.map((topic) => ({ topic, numPartitions: 1 })),
  );
  for (const one of cases) await producer.send({ topic: topicOf(setting, one), messages: messagesOf(one), acks: -1 });
  const stream = await openKafkaStream({
    brokers,
    table: settings.table,
    consumerGroups: [{ groupId: name, topics }],
    logger,
  });
  const receipts = new Map<string, Receipt[]>();
  const running = startLane(setting, { stream, cases, receipts });
  const lag = async (): Promise<number> => totalLag(await readLag(admin, { groupId: name, topics }));
  await vi.waitUntil(async () => (await lag()) === 0, { timeout: WAIT_MS_MAX, interval: LOOK_MS });
  await running.stop();
  const letters = await lettersOf(setting, cases);
  await Promise.all([admin.disconnect(), producer.disconnect()]);
  return {
    outcomeOf: async (one) => {
      const found = letters.get(topicOf(setting, one)) ?? [];
      return { receipts: countReceipts(receipts.get(one.name) ?? []), letters: found };
    },
    close: () => Promise.resolve(),
  };
}

function startLane(
  setting: CorpusSetting,
  options: {
    readonly stream: KafkaStream;
    readonly cases: readonly CaseOf<"stream">[];
    readonly receipts: Map<string, Receipt[]>;
  },
): { stop(): Promise<void> } {
  const { stream, cases, receipts } = options;
  const { platform } = setting;
  const stop = new AbortController();
  const writer: FeatureWriter = {
    ...platform.writer,
    writeMany: async (changes, more) => {
      const answers = await platform.writer.writeMany(changes, more);
      answers.forEach((receipt, index) => {
        const group = changes[index]?.group ?? "";
        receipts.set(group, [...(receipts.get(group) ?? []), receipt]);
      });
      return answers;
    },
  };
  const { source, deadLetters } = stream;
  const bindings = new Map(cases.map((one) => [topicOf(setting, one), one.name] as const));
  const done = consume({ platform: { ...platform, writer }, source, deadLetters, bindings, signal: stop.signal });
  return {
    async stop() {
      stop.abort();
      await done;
      await stream.close();
    },
  };
}

function topicOf({ name }: CorpusSetting, one: CaseOf<"stream">): string {
  return `${name}.${one.name}`;
}

function messagesOf(one: CaseOf<"stream">): { key: Buffer | null; value: Buffer | null; headers: IHeaders }[] {
  return messages.parse(jsonOf(one)).map(({ key, value, headers = {} }) => ({
    key: bufferOf(key ?? null),
    value: bufferOf(value),
    headers: Object.fromEntries(
      Object.entries(headers).map(([header, values]) => [header, values.map((inner) => bufferOf(inner) ?? "")]),
    ),
  }));
}

function bufferOf(text: z.infer<typeof content> | null): Buffer | null {
  if (text === null) return null;
  return typeof text === "string" ? Buffer.from(text) : Buffer.from(text.base64, "base64");
}

/** By topic, read from the dead-letter topics themselves. */
async function lettersOf(
  setting: CorpusSetting,
  cases: readonly CaseOf<"stream">[],
): Promise<ReadonlyMap<string, readonly FoundLetter[]>> {
  const withLetters = cases.filter(({ letters }) => letters.length > 0);
  const count = withLetters.reduce((sum, { letters }) => sum + letters.length, 0);
  const byDeadTopic = new Map(
    withLetters.map((one) => [deadTopicOf(topicOf(setting, one), setting.settings.table), topicOf(setting, one)]),
  );
  const found = new Map<string, FoundLetter[]>();
  let read = 0;
  const { settings, platform, name } = setting;
  const kafka = createKafka({ brokers: settings.kafkaBrokers, clientId: name, logger: platform.logger });
  const consumer = kafka.consumer({ groupId: `${name}-letters`, maxWaitTimeInMs: LOOK_MS });
  await consumer.connect();
  await consumer.subscribe({ topics: [...byDeadTopic.keys()], fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ topic, message }) => {
      read += 1;
      const source = byDeadTopic.get(topic) ?? topic;
      found.set(source, [...(found.get(source) ?? []), letterOf(message)]);
    },
  });
  await vi.waitUntil(() => read >= count, { timeout: WAIT_MS_MAX, interval: LOOK_MS });
  await consumer.disconnect();
  return found;
}

const ORIGINAL = "original-";

function letterOf({ key, value, headers = {} }: KafkaMessage): FoundLetter {
  const originals = Object.entries(headers).filter(([header]) => header.startsWith(ORIGINAL));
  return {
    reason: String(headers["reason"]),
    input: {
      key: base64Of(key),
      value: base64Of(value),
      headers: Object.fromEntries(
        originals.map(([header, values]) => [header.slice(ORIGINAL.length), [values].flat().map(base64Of)]),
      ),
    },
  };
}

function base64Of(bytes: Buffer | string | null | undefined): { readonly base64: string } | null {
  return bytes === null || bytes === undefined ? null : { base64: Buffer.from(bytes).toString("base64") };
}
