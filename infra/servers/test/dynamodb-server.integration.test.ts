import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { describe, expect, it } from "vitest";
import { localCredentials } from "../src/config.ts";
import { startDynamoDb } from "../src/dynamodb-server.ts";
import { stopAndExpectGone } from "./fixtures/stop-and-expect-gone.ts";

const timeout = 90_000;
const awsSettings = { region: localCredentials.region, credentials: localCredentials };

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
