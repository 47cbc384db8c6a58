/**
 * Preloaded into a program whose costs are counted: counts what its clients ask
 * of the store, of S3, of the cache and of the queue. Writes the sums to a file
 * at the signal SIGUSR2, and when the process ends.
 */
import { renameSync, writeFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { Redis } from "ioredis";
import { noCosts } from "./costs.ts";
import { reportsCapacity, type StoreUnits, unitsOfError, unitsOfOutput } from "./store-units.ts";

const FILE = process.env["COST_FILE"];
const QUEUE_PORT = Number(new URL(process.env["TRILANE_QUEUE_URL"] ?? "redis://127.0.0.1").port);

if (FILE !== undefined && isMainThread) {
  const costs = noCosts();
  countStore(costs);
  countS3(costs);
  countCommands(costs);
  let written = 0;
  const write = (): void => {
    written += 1;
    // A reader never sees half of it.
    writeFileSync(`${FILE}.new`, JSON.stringify({ written, costs }));
    renameSync(`${FILE}.new`, FILE);
  };
  process.on("SIGUSR2", write);
  process.once("exit", write);
}

type Counts = ReturnType<typeof noCosts>;

function countStore(costs: Counts): void {
  const add = ({ write, read, refused }: StoreUnits): void => {
    costs.writeUnits += write + refused;
    costs.refusedWriteUnits += refused;
    costs.readUnits += read;
  };
  const { send } = DynamoDBClient.prototype;
  DynamoDBClient.prototype.send = function counted(this: DynamoDBClient, ...call: Parameters<typeof send>) {
    const [command] = call;
    const { name } = command.constructor;
    costs.storeCalls += 1;
    if (reportsCapacity(name)) Object.assign(command.input, { ReturnConsumedCapacity: "TOTAL" });
    const answer = Reflect.apply(send, this, call) as unknown as Promise<object>;
    return answer.then(
      (output) => {
        add(unitsOfOutput(name, command.input, output));
        return output;
      },
      (error: unknown) => {
        add(unitsOfError(command.input, error));
        throw error;
      },
    );
  } as typeof send;
}

function countS3(costs: Counts): void {
  const { send } = S3Client.prototype;
  S3Client.prototype.send = function counted(this: S3Client, ...call: Parameters<typeof send>) {
    const [{ constructor: command, input }] = call;
    costs.s3Requests += 1;
    if ("Body" in input) costs.s3BytesWritten += bytesOf(input.Body);
    const answer = Reflect.apply(send, this, call) as unknown as Promise<object>;
    return answer.then((output) => {
      if (command.name === "GetObjectCommand" && "ContentLength" in output) {
        costs.s3BytesRead += Number(output.ContentLength);
      }
      return output;
    });
  } as typeof send;
}

function countCommands(costs: Counts): void {
  const { sendCommand } = Redis.prototype;
  Redis.prototype.sendCommand = function counted(this: Redis, ...call: Parameters<typeof sendCommand>) {
    if (this.options.port === QUEUE_PORT) costs.queueCommands += 1;
    else costs.cacheCommands += 1;
    return Reflect.apply(sendCommand, this, call);
  } as typeof sendCommand;
}

function bytesOf(body: unknown): number {
  if (typeof body === "string") return Buffer.byteLength(body);
  return body instanceof Uint8Array ? body.length : 0;
}
