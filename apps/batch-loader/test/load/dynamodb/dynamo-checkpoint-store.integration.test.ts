/** The contract of checkpoint stores on a real DynamoDB Local. */
import { randomUUID } from "node:crypto";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createDynamoDb, loadSettings } from "@trilane/lane-kit";
import { systemClock, systemRandom } from "@trilane/write-through";
import { applyTable } from "@trilane/write-through/dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DynamoCheckpointStore } from "../../../src/load/dynamodb/dynamo-checkpoint-store.ts";
import { checkpointStoreContract } from "../checkpoint-store-contract.ts";

const table = `checkpoints-${randomUUID()}`;
let dynamodb: DynamoDBClient;

beforeAll(async () => {
  dynamodb = createDynamoDb(loadSettings({ TRILANE_CACHE_URL: "redis://unused:6379", ...process.env }));
  await applyTable(dynamodb, table);
});
afterAll(() => dynamodb.destroy());

function open(nowMs: () => number, ofTable = table): DynamoCheckpointStore {
  const clock = { ...systemClock, nowMs };
  return new DynamoCheckpointStore({ dynamodb, table: ofTable, clock, random: systemRandom, attemptsMax: 3 });
}

describe("checkpoints in DynamoDB", () => {
  checkpointStoreContract({ open: (nowMs) => Promise.resolve(open(nowMs)) });

  test("says which table it cannot use, and that the load resumes", async () => {
    const missing = open(() => systemClock.nowMs(), `${table}-missing`);
    await expect(missing.begin({ loadId: "l", planId: "p", group: "routes" })).rejects.toMatchObject({
      code: "CHECKPOINT_UNAVAILABLE",
      retryable: true,
      message: expect.stringContaining(`"${table}-missing"`),
    });
  });
});
