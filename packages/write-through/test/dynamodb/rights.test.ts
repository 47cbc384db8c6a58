/**
 * A refused right is reported by its name in IAM; a condition that does not
 * hold is no refusal.
 */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { expect, test } from "vitest";
import { tryStoreRights } from "../../src/dynamodb/index.ts";

interface Sent {
  readonly constructor: { readonly name: string };
  readonly input: { readonly Statements?: readonly { readonly Statement: string }[] };
}

/**
 * Refuses commands by name. An allowed PutItem meets its condition, and an allowed statement meets an item that is
 * there.
 */
function clientThatRefuses(...refused: readonly string[]): DynamoDBClient {
  const send = async (command: Sent): Promise<unknown> => {
    const { name } = command.constructor;
    const statement = command.input.Statements?.[0]?.Statement.split(" ")[0];
    const isRefused = refused.includes(name) || (statement !== undefined && refused.includes(statement));
    if (statement !== undefined)
      return { Responses: [{ Error: { Code: isRefused ? "AccessDenied" : "DuplicateItem" } }] };
    if (isRefused) throw Object.assign(new Error("no"), { name: "AccessDeniedException" });
    if (name === "PutItemCommand" || name === "UpdateItemCommand")
      throw Object.assign(new Error("no"), { name: "ConditionalCheckFailedException" });
    return {};
  };
  return { send } as unknown as DynamoDBClient;
}

const ACTIONS =
  "GetItem BatchGetItem PutItem PartiQLInsert PartiQLUpdate UpdateItem Query Scan DeleteItem ConditionCheckItem"
    .split(" ")
    .map((action) => `dynamodb:${action}`);

test("all rights are there where nothing is refused", async () => {
  const tried = await tryStoreRights(clientThatRefuses(), "t", ACTIONS);
  expect(tried.filter(({ refusal }) => refusal !== null)).toEqual([]);
});

test.each([
  ["GetItemCommand", "dynamodb:GetItem", "AccessDeniedException"],
  ["BatchGetItemCommand", "dynamodb:BatchGetItem", "AccessDeniedException"],
  ["PutItemCommand", "dynamodb:PutItem", "AccessDeniedException"],
  ["INSERT", "dynamodb:PartiQLInsert", "AccessDenied"],
  ["UPDATE", "dynamodb:PartiQLUpdate", "AccessDenied"],
  ["UpdateItemCommand", "dynamodb:UpdateItem", "AccessDeniedException"],
  ["DeleteItemCommand", "dynamodb:DeleteItem", "AccessDeniedException"],
  ["TransactWriteItemsCommand", "dynamodb:ConditionCheckItem", "AccessDeniedException"],
  ["QueryCommand", "dynamodb:Query", "AccessDeniedException"],
  ["ScanCommand", "dynamodb:Scan", "AccessDeniedException"],
])("a refused %s is %s", async (refused, right, refusal) => {
  const tried = await tryStoreRights(clientThatRefuses(refused), "t", ACTIONS);
  expect(tried.filter((each) => each.refusal !== null)).toEqual([{ right, refusal }]);
});

test("only the actions that are asked for are tried", async () => {
  const tried = await tryStoreRights(clientThatRefuses("ScanCommand"), "t", ["dynamodb:GetItem"]);
  expect(tried).toEqual([{ right: "dynamodb:GetItem", refusal: null }]);
});
