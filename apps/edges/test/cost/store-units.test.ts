import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { describe, expect, it } from "vitest";
import { unitsOfError, unitsOfOutput } from "../../src/cost/store-units.ts";

describe("the capacity units of a call", () => {
  it("are those that the store reports, of one table or of several, by what the call does", () => {
    const single = { ConsumedCapacity: { CapacityUnits: 2 } };
    expect(unitsOfOutput("PutItemCommand", {}, single)).toEqual({ write: 2, read: 0, refused: 0 });
    const several = { ConsumedCapacity: [{ CapacityUnits: 1.5 }, { CapacityUnits: 1 }] };
    expect(unitsOfOutput("BatchGetItemCommand", {}, several)).toEqual({ write: 0, read: 2.5, refused: 0 });
    expect(unitsOfOutput("DescribeTableCommand", {}, {})).toEqual({ write: 0, read: 0, refused: 0 });
  });

  it("of a refused write are computed: one for each started KiB", () => {
    const refusal = new ConditionalCheckFailedException({ $metadata: {}, message: "refused" });
    expect(unitsOfError({ Item: { pk: { S: "a" } } }, refusal).refused).toBe(1);
    expect(unitsOfError({ Item: { d: { B: new Uint8Array(2_049) } } }, refusal).refused).toBe(3);
    expect(unitsOfError({ Item: {} }, new Error("no answer")).refused).toBe(0);
  });

  it("of a batch are computed where the store does not report them", () => {
    const input = { Statements: [{ Parameters: [{ S: "a" }] }, { Parameters: [{ S: "x".repeat(1_025) }] }] };
    expect(unitsOfOutput("BatchExecuteStatementCommand", input, { Responses: [{}, {}] }).write).toBe(3);
  });

  it("counts the statements of a batch that were refused, and no other failures", () => {
    const statement = { Parameters: [{ S: "x".repeat(1_500) }] };
    const input = { Statements: [statement, statement, statement, statement] };
    const Responses = [
      {},
      { Error: { Code: "ConditionalCheckFailed" } },
      { Error: { Code: "DuplicateItem" } },
      { Error: { Code: "ThrottlingError" } },
    ];
    const output = { Responses, ConsumedCapacity: [{ CapacityUnits: 7 }] };
    expect(unitsOfOutput("BatchExecuteStatementCommand", input, output)).toEqual({ write: 7, read: 0, refused: 4 });
  });
});
