/** The contents of the servers of a run, as texts for the scan of markers: table, cache, queue, objects, dead letters. */
import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  paginateScan,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListBucketsCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { Redis } from "ioredis";
import type { Kafka } from "kafkajs";
import { type ScannedText, type ScanPlace, TABLE } from "./marker-scan.ts";
import { readTopic } from "./read-topic.ts";

const KEY_ATTRIBUTE = "pk";
const PLANTED = "planted";
const SCAN_COUNT = 500;

export function tablePlace(dynamodb: DynamoDBClient, table: string): ScanPlace {
  const key = { [KEY_ATTRIBUTE]: { S: PLANTED } };
  return {
    name: TABLE,
    mayHold: "payloads",
    async *read() {
      for await (const { Items = [] } of paginateScan(
        { client: dynamodb },
        { TableName: table, ConsistentRead: true },
      )) {
        for (const item of Items) yield { name: item[KEY_ATTRIBUTE]?.S ?? "", text: attributesText({ M: item }) };
      }
    },
    async plant(text) {
      const item = { ...key, planted: { B: Buffer.from(text) } };
      await dynamodb.send(new PutItemCommand({ TableName: table, Item: item }));
      return async () => void (await dynamodb.send(new DeleteItemCommand({ TableName: table, Key: key })));
    },
  };
}

/** Names and values of an attribute, its bytes as Latin-1. */
function attributesText(value: AttributeValue): string {
  if (value.B !== undefined) return Buffer.from(value.B).toString("latin1");
  if (value.M !== undefined) {
    return Object.entries(value.M)
      .map(([name, each]) => `${name} ${attributesText(each)}`)
      .join("\n");
  }
  if (value.L !== undefined) return value.L.map(attributesText).join("\n");
  return String(value.S ?? value.N ?? JSON.stringify(value));
}

/** @param urls all servers that may hold entries: of a replicated cache every node */
export function redisPlace(name: string, urls: readonly string[]): ScanPlace {
  return {
    name,
    mayHold: "payloads",
    async *read() {
      for (const url of urls) {
        // Without this mode the replica of a cluster redirects each question to its primary. Other servers refuse it.
        const client = new Redis(url, { readOnly: true });
        try {
          for await (const keys of client.scanStream({ count: SCAN_COUNT })) yield* keysText(client, keys as string[]);
        } finally {
          client.disconnect();
        }
      }
    },
    async plant(text) {
      const client = await firstThatTakes(urls, (one) => one.set(PLANTED, text));
      return async () => {
        await client.del(PLANTED);
        client.disconnect();
      };
    },
  };
}

async function* keysText(client: Redis, keys: readonly string[]): AsyncGenerator<ScannedText> {
  const texts = await Promise.all(keys.map(async (key) => ({ name: key, text: await keyText(client, key) })));
  yield* texts;
}

async function keyText(client: Redis, key: string): Promise<string> {
  switch (await client.type(key)) {
    case "string":
      return (await client.getBuffer(key))?.toString("latin1") ?? "";
    case "hash":
      return textOf(Object.entries(await client.hgetallBuffer(key)));
    case "list":
      return textOf(await client.lrangeBuffer(key, 0, -1));
    case "set":
      return textOf(await client.smembersBuffer(key));
    case "zset":
      return textOf(await client.zrangeBuffer(key, "0", "-1"));
    case "stream":
      return textOf(await client.xrangeBuffer(key, "-", "+"));
    default:
      return "";
  }
}

function textOf(value: unknown): string {
  if (Buffer.isBuffer(value)) return value.toString("latin1");
  return Array.isArray(value) ? value.map(textOf).join("\n") : String(value);
}

/** A replica, and the node of a cluster that does not own the key, refuse the call. */
async function firstThatTakes(urls: readonly string[], call: (client: Redis) => Promise<unknown>): Promise<Redis> {
  for (const url of urls) {
    const client = new Redis(url);
    const isTaken = await call(client).then(
      () => true,
      () => false,
    );
    if (isTaken) return client;
    client.disconnect();
  }
  throw new Error(`none of ${urls.length} servers took a key`);
}

/** All objects of all buckets except the source files, which are not covered by an erasure. */
export function objectsPlace(
  s3: S3Client,
  { bucket, isSource }: { readonly bucket: string; readonly isSource: (key: string) => boolean },
): ScanPlace {
  return {
    name: "objects",
    mayHold: "payloads",
    async *read() {
      const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
      for (const { Name: each } of Buckets) {
        for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: each })) {
          for (const { Key: key = "" } of Contents) {
            if (isSource(key)) continue;
            const { Body } = await s3.send(new GetObjectCommand({ Bucket: each, Key: key }));
            yield { name: key, text: (await Body?.transformToString("latin1")) ?? "" };
          }
        }
      }
    },
    async plant(text) {
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: PLANTED, Body: text }));
      return async () => void (await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: PLANTED })));
    },
  };
}

/** The dead letters of the stream lane. A message cannot be taken away again, so this place comes last. */
export function lettersPlace(kafka: Kafka, topic: string): ScanPlace {
  return {
    name: "dead letters",
    mayHold: "payloads",
    async *read() {
      const texts: ScannedText[] = [];
      await readTopic(kafka, topic, ({ partition, offset, key, value, headers }) => {
        texts.push({ name: `${partition} ${offset}`, text: [key, value, ...Object.values(headers)].join("\n") });
      });
      yield* texts;
    },
    async plant(text) {
      const producer = kafka.producer({ allowAutoTopicCreation: false });
      await producer.connect();
      await producer.send({ topic, messages: [{ value: text }] });
      await producer.disconnect();
      return () => Promise.resolve();
    },
  };
}
