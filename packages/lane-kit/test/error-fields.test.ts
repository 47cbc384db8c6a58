import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createLogger, errorFields } from "../src/index.ts";

const SECRET = "S3cr3tM4rker";
const COMMAND = /^\*\d+\r\n/gm;

/** A server that answers every command with an error, to which the client then adds the command. */
let server: Server;
let answer = "";
let port = 0;
beforeAll(async () => {
  server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (bytes) => {
      const commands = String(bytes).match(COMMAND)?.length ?? 0;
      socket.write(`-${answer}\r\n`.repeat(commands));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  port = typeof address === "object" && address !== null ? address.port : 0;
});
afterAll(() => void server.close());

function logOf(log: (logger: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = [];
  log(createLogger("test", "trace", { write: (line) => void lines.push(line) }));
  return lines.join("");
}

/** A client with a password in its address: its first command is AUTH, whose error is an event. */
async function refusedClient(): Promise<Error> {
  const client = new Redis(`redis://app:${SECRET}@127.0.0.1:${port}`, { lazyConnect: true, retryStrategy: () => null });
  const refused = once(client, "error");
  client.connect().catch(() => undefined);
  const [error] = (await refused) as [Error];
  client.disconnect();
  return error;
}

describe("an error in the log", () => {
  test("names no password that a server refused, however it is logged", async () => {
    answer = "WRONGPASS invalid username-password pair or user is disabled.";
    const error = await refusedClient();
    expect(JSON.stringify(error)).toContain(SECRET);
    const text = logOf((logger) => {
      logger.warn({ err: error }, "queue connection");
      logger.warn({ error }, "cache connection");
      logger.child({ part: "worker" }).error(error);
      logger.error({ err: new Error("the lane ends", { cause: error }) }, "failed");
      logger.error({ err: new AggregateError([error], "all addresses") }, "failed");
    });
    expect(text).not.toContain(SECRET);
    expect(text.match(/WRONGPASS/g)?.length).toBeGreaterThanOrEqual(5);
  });

  test("repeats no arguments of a command that the server does not know", async () => {
    answer = `ERR unknown command 'EVALSHA', with args beginning with: 'f00' '1' '${SECRET}'`;
    const error = await refusedClient();
    const text = logOf((logger) => logger.warn({ err: error }, "worker"));
    expect(text).not.toContain(SECRET);
    expect(text).toContain("unknown command 'EVALSHA'");
  });

  test("keeps what tells one failure from another", () => {
    const cause = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED", port: 6_380, command: {} });
    const fields = errorFields(Object.assign(new Error("lost", { cause }), { retryable: true, fields: { key: "k" } }));
    expect(fields).toMatchObject({ name: "Error", message: "lost", retryable: true, fields: { key: "k" } });
    expect(fields.cause).toMatchObject({ code: "ECONNREFUSED", port: 6_380 });
    expect(fields.cause).not.toHaveProperty("command");
    expect(fields.stack).toContain("error-fields.test.ts");
  });

  test("ends where causes lead in a circle", () => {
    const error = new Error("one");
    error.cause = new Error("two", { cause: error });
    expect(JSON.stringify(errorFields(error))).toContain("two");
  });
});
