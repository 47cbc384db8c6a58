import { createLogger } from "@trilane/lane-kit";
import { systemClock } from "@trilane/write-through";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { StreamError } from "../../src/index.ts";
import { checkBrokers } from "../../src/kafkajs/check-brokers.ts";

const LIMIT_MS = 10_000;
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function serverThat(does: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    does(socket);
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return `127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
}

async function refusalOf(broker: string): Promise<{ readonly error: unknown; readonly tookMs: number }> {
  const logger = createLogger("test", "silent");
  const startMs = systemClock.monotonicMs();
  const checked = checkBrokers({ brokers: [broker], clientId: "test", logger, clock: systemClock });
  const error = await checked.then(
    () => null,
    (reason: unknown) => reason,
  );
  return { error, tookMs: systemClock.monotonicMs() - startMs };
}

describe("brokers that do not answer are named within seconds", () => {
  const open: Socket[] = [];
  test.each([
    ["where nothing listens", async () => "127.0.0.1:1"],
    ["where the name is unknown", async () => "no-such-broker.invalid:9092"],
    ["where another server closes the connection", () => serverThat((socket) => socket.end())],
    ["where another server says nothing", () => serverThat((socket) => void open.push(socket))],
  ])("%s", async (_where, address) => {
    const broker = await address();
    const { error, tookMs } = await refusalOf(broker);
    for (const socket of open.splice(0)) socket.destroy();
    expect(error).toBeInstanceOf(StreamError);
    expect(error).toMatchObject({ code: "BROKERS_UNAVAILABLE", retryable: true });
    expect(String(error)).toContain(`the Kafka brokers at ${broker} (TRILANE_KAFKA_BROKERS)`);
    expect(tookMs).toBeLessThan(LIMIT_MS);
  });
});
