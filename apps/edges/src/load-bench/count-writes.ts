/**
 * Preloaded into the lane that is measured: counts the items that it writes to
 * DynamoDB, those of its checkpoints as well, and writes the number when the
 * process ends.
 */
import { writeFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";

const FILE = process.env["LOAD_BENCH_WRITES"];
const SINGLE: ReadonlySet<string> = new Set(["PutItemCommand", "UpdateItemCommand", "ExecuteStatementCommand"]);
const BATCH = "BatchExecuteStatementCommand";

if (FILE !== undefined && isMainThread) {
  let writes = 0;
  const { send } = DynamoDBClient.prototype;
  DynamoDBClient.prototype.send = function counted(this: DynamoDBClient, ...call: Parameters<typeof send>) {
    const [command] = call;
    writes += writesOf(command.constructor.name, command.input);
    return Reflect.apply(send, this, call);
  } as typeof send;
  process.once("exit", () => writeFileSync(FILE, String(writes)));
}

function writesOf(name: string, input: object): number {
  if (SINGLE.has(name)) return 1;
  return name === BATCH && "Statements" in input && Array.isArray(input.Statements) ? input.Statements.length : 0;
}
