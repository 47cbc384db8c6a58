/** The effect of each fault on the bytes of a link, seen from both ends. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startTcpProxy, type TcpProxy } from "../../src/faults/index.ts";
import { WAITING_BYTES_MAX } from "../../src/faults/flow.ts";
import { type EchoServer, startEchoServer } from "./echo-server.ts";
import { RecordingClient } from "./recording-client.ts";

const WAIT = { timeout: 5_000, interval: 2 };

let server: EchoServer;
let proxy: TcpProxy;
const clients: RecordingClient[] = [];

beforeEach(async () => {
  server = await startEchoServer();
  proxy = await startTcpProxy({ name: "echo", upstreamPort: server.port });
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.socket.destroy();
  await proxy.close();
  await server.close();
});

const open = async (): Promise<RecordingClient> => {
  const client = await RecordingClient.open(proxy.port);
  clients.push(client);
  return client;
};
const exchange = async (client: RecordingClient, text: string): Promise<void> => {
  const expected = client.received + text;
  client.send(text);
  await expect.poll(() => client.received, WAIT).toBe(expected);
};
const openAndGreet = async (): Promise<RecordingClient> => {
  const client = await open();
  await exchange(client, "hello ");
  return client;
};

describe("without a fault", () => {
  it("passes bytes on in both directions and counts nothing", async () => {
    await openAndGreet();
    expect(Object.values(proxy.fired).every((count) => count === 0)).toBe(true);
  });

  it("passes the end of a stream on, and all that came before it", async () => {
    const client = await openAndGreet();
    client.socket.end("last words");
    await expect.poll(() => client.end, WAIT).toBe("");
    expect(client.received).toBe("hello last words");
    await expect.poll(() => server.connections(), WAIT).toBe(0);
  });

  it("carries more than its buffers hold, unchanged", async () => {
    const client = await open();
    const text = "0123456789abcdef".repeat(WAITING_BYTES_MAX / 8);
    client.send(text);
    await expect.poll(() => client.received.length, WAIT).toBe(text.length);
    expect(client.received === text).toBe(true);
  });

  it("resets a client when nothing listens upstream", async () => {
    await server.close();
    const client = await open();
    await expect.poll(() => client.end, WAIT).toBe("ECONNRESET");
    server = await startEchoServer();
  });

  it("ends the connection upstream when a client breaks off", async () => {
    const client = await openAndGreet();
    client.socket.resetAndDestroy();
    await expect.poll(() => server.connections(), WAIT).toBe(0);
  });
});

describe("delay", () => {
  it("delivers every chunk later, in order", async () => {
    const client = await openAndGreet();
    proxy.apply({ kind: "delay", ms: 30 });
    const sentAtMs = performance.now();
    for (const text of ["a", "b", "c"]) client.send(text);
    await expect.poll(() => client.received, WAIT).toBe("hello abc");
    // There are two directions. A timer may be early by a part of a millisecond, because it rounds.
    expect(performance.now() - sentAtMs).toBeGreaterThan(58);
    expect(proxy.fired.delay).toBeGreaterThanOrEqual(2);
  });

  it("keeps the order when it is lifted while chunks are under way", async () => {
    const client = await openAndGreet();
    proxy.apply({ kind: "delay", ms: 50 });
    client.send("first ");
    await expect.poll(() => proxy.fired.delay, WAIT).toBe(1);
    proxy.apply(null);
    client.send("second");
    await expect.poll(() => client.received, WAIT).toBe("hello first second");
  });
});

describe("cut", () => {
  it("resets every connection and refuses new ones until it is lifted", async () => {
    const [first, second] = [await openAndGreet(), await openAndGreet()];
    proxy.apply({ kind: "cut" });
    await expect.poll(() => [first?.end, second?.end], WAIT).toEqual(["ECONNRESET", "ECONNRESET"]);
    await expect.poll(() => server.connections(), WAIT).toBe(0);
    const refused = new RecordingClient(proxy.port);
    clients.push(refused);
    await expect.poll(() => refused.end, WAIT).toBe("ECONNRESET");
    expect(proxy.fired.cut).toBe(3);
    proxy.apply(null);
    await openAndGreet();
  });
});

describe("half-open", () => {
  it("loses the bytes of an open connection and resets it when lifted", async () => {
    const client = await openAndGreet();
    const idle = await openAndGreet();
    proxy.apply({ kind: "half-open" });
    client.send("lost");
    await expect.poll(() => proxy.fired["half-open"], WAIT).toBe(1);
    expect([client.end, server.received()]).toEqual([null, "hello hello "]);
    proxy.apply(null);
    await expect.poll(() => client.end, WAIT).toBe("ECONNRESET");
    // A connection that lost nothing goes on.
    await exchange(idle, "again");
    expect(server.received()).not.toContain("lost");
  });

  it("hides the end of a client from the server until it is lifted", async () => {
    const client = await openAndGreet();
    proxy.apply({ kind: "half-open" });
    client.socket.destroy();
    await expect.poll(() => client.end, WAIT).toBe("");
    const other = await open();
    other.send("lost");
    await expect.poll(() => proxy.fired["half-open"], WAIT).toBe(1);
    await expect.poll(() => server.connections(), WAIT).toBe(2);
    proxy.apply(null);
    await expect.poll(() => server.connections(), WAIT).toBe(0);
  });
});

describe("stall", () => {
  it("holds the bytes and delivers them in order when lifted", async () => {
    const client = await openAndGreet();
    proxy.apply({ kind: "stall" });
    client.send("late ");
    await expect.poll(() => proxy.fired.stall, WAIT).toBe(1);
    client.send("later");
    expect(server.received()).toBe("hello ");
    proxy.apply(null);
    await expect.poll(() => client.received, WAIT).toBe("hello late later");
  });

  it("delivers the requests of a client that gave up meanwhile", async () => {
    const client = await openAndGreet();
    proxy.apply({ kind: "stall" });
    client.send("posthumous");
    await expect.poll(() => proxy.fired.stall, WAIT).toBe(1);
    client.socket.destroy();
    await expect.poll(() => client.end, WAIT).toBe("");
    expect(server.connections()).toBe(1);
    proxy.apply(null);
    await expect.poll(() => server.received(), WAIT).toBe("hello posthumous");
    await expect.poll(() => server.connections(), WAIT).toBe(0);
  });

  it("holds no more than its maximum, and loses nothing of the rest", async () => {
    const client = await openAndGreet();
    proxy.apply({ kind: "stall" });
    const text = "0123456789abcdef".repeat(WAITING_BYTES_MAX / 2);
    client.send(text);
    await expect.poll(() => proxy.fired.stall, WAIT).toBeGreaterThan(0);
    await expect.poll(() => client.socket.writableNeedDrain, WAIT).toBe(true);
    proxy.apply(null);
    await expect.poll(() => client.received.length, WAIT).toBe("hello ".length + text.length);
  });

  it("turned into half-open, loses what it held", async () => {
    const client = await openAndGreet();
    proxy.apply({ kind: "stall" });
    client.send("held");
    await expect.poll(() => proxy.fired.stall, WAIT).toBe(1);
    proxy.apply({ kind: "half-open" });
    expect(proxy.fired["half-open"]).toBe(1);
    proxy.apply(null);
    await expect.poll(() => client.end, WAIT).toBe("ECONNRESET");
    expect(server.received()).toBe("hello ");
  });
});

describe("drop-replies", () => {
  it("delivers the request, loses its reply and resets the connection", async () => {
    const client = await openAndGreet();
    proxy.apply({ kind: "drop-replies" });
    client.send("heard");
    await expect.poll(() => client.end, WAIT).toBe("ECONNRESET");
    expect(client.received).toBe("hello ");
    expect(server.received()).toBe("hello heard");
    expect(proxy.fired["drop-replies"]).toBe(1);
    proxy.apply(null);
    await openAndGreet();
  });
});

describe("throttle", () => {
  const request = (): Promise<Response> =>
    fetch(`http://127.0.0.1:${proxy.port}/`, { method: "POST", body: JSON.stringify({ TableName: "features" }) });

  it("answers requests as DynamoDB refuses them, without reaching it", async () => {
    proxy.apply({ kind: "throttle" });
    const replies = [await request(), await request()];
    expect(replies.map(({ status }) => status)).toEqual([400, 400]);
    const types = await Promise.all(
      replies.map(async (reply) => ((await reply.json()) as { readonly __type: string }).__type),
    );
    expect(types).toEqual([
      "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
      "com.amazon.coral.availability#ThrottlingException",
    ]);
    expect([proxy.fired.throttle, server.received()]).toEqual([2, ""]);
  });

  it("resets the connections that were there, and its own when it is lifted", async () => {
    const before = await openAndGreet();
    proxy.apply({ kind: "throttle" });
    await expect.poll(() => before.end, WAIT).toBe("ECONNRESET");
    const during = await open();
    during.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n");
    await expect.poll(() => during.received, WAIT).toContain("400 Bad Request");
    expect(during.end).toBe(null);
    proxy.apply(null);
    await expect.poll(() => during.end, WAIT).toBe("ECONNRESET");
    await openAndGreet();
  });
});

describe("close", () => {
  it("leaves no connection, whatever fault holds", async () => {
    const client = await openAndGreet();
    proxy.apply({ kind: "stall" });
    client.send("held");
    await expect.poll(() => proxy.fired.stall, WAIT).toBe(1);
    await proxy.close();
    await proxy.close();
    await expect.poll(() => client.end, WAIT).toBe("ECONNRESET");
    await expect.poll(() => server.connections(), WAIT).toBe(0);
    await expect(RecordingClient.open(proxy.port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });
});
