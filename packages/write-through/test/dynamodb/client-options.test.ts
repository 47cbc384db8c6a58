import { DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { expect, test } from "vitest";
import { storeClientOptions, trimStoreClient } from "../../src/dynamodb/client-options.ts";
import { keepDate } from "../../src/dynamodb/server-date.ts";

interface SentRequest {
  readonly headers: Readonly<Record<string, string>>;
}

/** A client of which every call fails, after its request was made. */
function recordingClient(settings: { readonly userAgentAppId?: string } = {}) {
  const sent: SentRequest[] = [];
  const requestHandler = {
    handle(request: SentRequest): Promise<never> {
      sent.push(request);
      return Promise.reject(new Error("nothing listens"));
    },
  };
  const own = { region: "us-east-1", endpoint: "http://127.0.0.1:1", maxAttempts: 1 };
  const credentials = { accessKeyId: "a", secretAccessKey: "b" };
  const client = new DynamoDBClient({
    ...storeClientOptions(),
    ...own,
    ...settings,
    credentials,
    requestHandler: requestHandler as never,
  });
  return { client: trimStoreClient(client), sent };
}

const key = { pk: { S: "a" } };

test("a request is signed, and has the one user agent", async () => {
  const { client, sent } = recordingClient();
  for (const _ of [1, 2]) {
    await client.send(new PutItemCommand({ TableName: "t", Item: key })).catch(() => undefined);
  }
  expect(sent).toHaveLength(2);
  for (const { headers } of sent) {
    expect(headers["user-agent"]).toBe("trilane");
    expect(headers["authorization"]).toContain("AWS4-HMAC-SHA256 Credential=a/");
    expect(headers["x-amz-target"]).toBe("DynamoDB_20120810.PutItem");
  }
});

test("the user agent tells the app id of the SDK's settings", async () => {
  const { client, sent } = recordingClient({ userAgentAppId: "worker" });
  await client.send(new GetItemCommand({ TableName: "t", Key: key })).catch(() => undefined);
  expect(sent[0]?.headers["user-agent"]).toBe("trilane app/worker");
});

test("a command with middleware of its own has it, although the chains of others are kept", async () => {
  const { client } = recordingClient();
  const get = () => new GetItemCommand({ TableName: "t", Key: key });
  await client.send(get()).catch(() => undefined);
  const command = get();
  let isCalled = false;
  keepDate(command);
  command.middlewareStack.add((next) => (args) => ((isCalled = true), next(args)), { step: "initialize" });
  await client.send(command, {}).catch(() => undefined);
  expect(isCalled).toBe(true);
});
