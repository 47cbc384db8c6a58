/** Requests of the AWS SDK, and the IAM actions that they need. */
import { describe, expect, it } from "vitest";
import { awsActionsOf } from "../src/index.ts";

function dynamo(operation: string, body: object = {}): readonly string[] {
  const target = `DynamoDB_20120810.${operation}`;
  return awsActionsOf({ method: "POST", path: "/", target, body: JSON.stringify(body) });
}

function s3(method: string, path: string): readonly string[] {
  return awsActionsOf({ method, path, target: undefined, body: "" });
}

describe("DynamoDB", () => {
  it("needs the action of the operation's name", () => {
    expect(dynamo("BatchGetItem")).toEqual(["dynamodb:BatchGetItem"]);
  });

  it("needs the actions of each statement, each once", () => {
    const Statements = ["INSERT INTO t VALUE {}", 'update "t" SET a = 1', "INSERT INTO t VALUE {}"];
    expect(dynamo("BatchExecuteStatement", { Statements: Statements.map((Statement) => ({ Statement })) })).toEqual([
      "dynamodb:PartiQLInsert",
      "dynamodb:PartiQLUpdate",
    ]);
    expect(dynamo("ExecuteStatement", { Statement: "SELECT * FROM t" })).toEqual(["dynamodb:PartiQLSelect"]);
  });

  it("needs the actions of a transaction's parts", () => {
    expect(dynamo("TransactWriteItems", { TransactItems: [{ ConditionCheck: {} }, { Put: {} }] })).toEqual([
      "dynamodb:ConditionCheckItem",
      "dynamodb:PutItem",
    ]);
  });
});

describe("S3", () => {
  it.each([
    ["GET", "/bucket?list-type=2&prefix=a", "s3:ListBucket"],
    ["HEAD", "/bucket", "s3:ListBucket"],
    ["PUT", "/bucket", "s3:CreateBucket"],
    ["GET", "/bucket/a/b.parquet", "s3:GetObject"],
    ["HEAD", "/bucket/a", "s3:GetObject"],
    ["PUT", "/bucket/a?partNumber=1&uploadId=x", "s3:PutObject"],
    ["POST", "/bucket/a?uploads", "s3:PutObject"],
    ["DELETE", "/bucket/a?uploadId=x", "s3:AbortMultipartUpload"],
    ["DELETE", "/bucket/a", "s3:DeleteObject"],
  ])("%s %s needs %s", (method, path, action) => {
    expect(s3(method, path)).toEqual([action]);
  });
});
