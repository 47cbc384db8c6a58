/**
 * DynamoDB Local on the loopback interface, in memory or in the caller's
 * directory (`-dbPath`: it survives kill -9, and is several times slower). All
 * credentials and regions see the same tables (`-sharedDb`).
 */
import { fetchServers } from "./fetch-servers.ts";
import { javaCommand } from "./java-server.ts";
import { startNativeServer } from "./native-server.ts";
import type { ServerHandle, ServerPlace, StartOptions } from "./native-server.ts";

const readyWithinMs = 90_000;
const heapMiBMax = 512;

/** @throws ServersError `exited`, `not-ready`, `port-taken`; those of `fetchServers` */
export async function startDynamoDb(options: StartOptions = {}): Promise<ServerHandle> {
  const fetched = await fetchServers();
  const persistent = options.dataDirectory !== undefined;
  return await startNativeServer(
    {
      name: "dynamodb",
      engine: "dynamodb-local",
      version: fetched.versions.dynamodb,
      persistent,
      readyWithinMs,
      url: (port) => `http://127.0.0.1:${port}`,
      async command(place) {
        const storage = persistent ? ["-dbPath", place.dataDirectory] : ["-inMemory"];
        return javaCommand(fetched, {
          mainClass: "LoopbackDynamoDb",
          args: ["-port", String(place.port), "-sharedDb", "-disableTelemetry", ...storage],
          heapMiBMax,
          jvmOptions: [`-Dsqlite4java.library.path=${fetched.libraryDirectory}`],
        });
      },
      ping,
    },
    options,
  );
}

/** Calls ListTables. DynamoDB Local checks the form of the credentials and no signature. */
async function ping(place: ServerPlace, timeoutMs: number): Promise<void> {
  const scope = "trilane/20200101/us-east-1/dynamodb/aws4_request";
  const response = await fetch(`http://127.0.0.1:${place.port}/`, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": "DynamoDB_20120810.ListTables",
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
    },
    body: "{}",
    signal: AbortSignal.timeout(timeoutMs),
  });
  const body = await response.text();
  if (!response.ok || !body.includes("TableNames")) throw new Error(`ListTables answered ${response.status}: ${body}`);
}
