/** Kafka, DynamoDB Local and s3proxy: a real operation, restarts, and no trace. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { Kafka, logLevel } from "kafkajs";
import { describe, expect, it } from "vitest";
import { localCredentials } from "../src/config.ts";
import { startDynamoDb } from "../src/dynamodb-server.ts";
import { startKafka } from "../src/kafka-server.ts";
import type { ServerHandle } from "../src/native-server.ts";
import { listenersOf } from "../src/process-table.ts";
import { startS3 } from "../src/s3-server.ts";
import { expectGone } from "./fixtures/expect-gone.ts";

const timeout = 90_000;
const awsSettings = { region: localCredentials.region, credentials: localCredentials };

async function stopAndExpectGone(server: ServerHandle): Promise<void> {
  const { pid, port } = server;
  for (const listener of await listenersOf(pid)) expect(listener.address).toBe("127.0.0.1");
  await server.stop();
  await expectGone({ pids: [pid], ports: [port] });
}

describe("DynamoDB Local", () => {
  const tables = async (endpoint: string): Promise<readonly string[]> => {
    const client = new DynamoDBClient({ ...awsSettings, endpoint });
    const { TableNames } = await client.send(new ListTablesCommand({}));
    client.destroy();
    return TableNames ?? [];
  };

  it("keeps tables in the caller's directory over kill -9", { timeout }, async () => {
    const dataDirectory = await mkdtemp(join(tmpdir(), "trilane-test-"));
    const server = await startDynamoDb({ dataDirectory });
    const client = new DynamoDBClient({ ...awsSettings, endpoint: server.url });
    await client.send(
      new CreateTableCommand({
        TableName: "features",
        AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
        BillingMode: "PAY_PER_REQUEST",
      }),
    );
    client.destroy();
    await server.kill("SIGKILL");
    await server.restart({ keepData: true });
    expect(await tables(server.url)).toEqual(["features"]);
    await stopAndExpectGone(server);
    expect(await readdir(dataDirectory)).not.toEqual([]);
    await rm(dataDirectory, { recursive: true });
  });
});

describe("s3proxy", () => {
  it("stores an object, and refuses another signature", { timeout }, async () => {
    const server = await startS3();
    const place = { endpoint: server.url, forcePathStyle: true };
    const client = new S3Client({ ...awsSettings, ...place });
    await client.send(new CreateBucketCommand({ Bucket: "batch" }));
    await client.send(new PutObjectCommand({ Bucket: "batch", Key: "a/b.ndjson", Body: "{}\n" }));
    const { Body } = await client.send(new GetObjectCommand({ Bucket: "batch", Key: "a/b.ndjson" }));
    expect(await Body?.transformToString()).toBe("{}\n");
    client.destroy();
    const stranger = new S3Client({
      region: "us-east-1",
      credentials: { accessKeyId: "trilane", secretAccessKey: "wrong" },
      ...place,
    });
    await expect(stranger.send(new GetObjectCommand({ Bucket: "batch", Key: "a/b.ndjson" }))).rejects.toThrow();
    stranger.destroy();
    await stopAndExpectGone(server);
  });
});

describe("Kafka", () => {
  it("keeps a message over an orderly restart", { timeout }, async () => {
    const server = await startKafka({ properties: { "log.retention.hours": "1" } });
    const kafka = new Kafka({ brokers: [server.url], logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: "events", numPartitions: 2 }] });
    const producer = kafka.producer();
    await producer.connect();
    await producer.send({ topic: "events", messages: [{ partition: 1, value: "first" }] });
    await Promise.all([producer.disconnect(), admin.disconnect()]);
    await server.restart({ keepData: true });
    const again = kafka.admin();
    await again.connect();
    const offsets = await again.fetchTopicOffsets("events");
    expect(offsets.find(({ partition }) => partition === 1)?.high).toBe("1");
    await again.disconnect();
    await stopAndExpectGone(server);
  });
});
