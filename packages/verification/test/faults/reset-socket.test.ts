/** A reset closes a socket at every moment of its life, and the other side sees it. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { expect, test } from "vitest";
import { resetSocket } from "../../src/faults/reset-socket.ts";

type Prepare = (socket: Socket) => void;

const OPEN: Readonly<Record<string, Prepare>> = {
  "that is open": () => undefined,
  "that has bytes to send": (socket) => void socket.write(Buffer.alloc(20_000_000)),
  "that has bytes to send before its end": (socket) => void socket.end(Buffer.alloc(20_000_000)),
};

/** Resolves with both sides when the own one was closed by a reset. */
async function resetAfter(prepare: Prepare): Promise<{ readonly peer: Socket; readonly lost: Promise<unknown> }> {
  const server = createServer((socket) => void socket.pause()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const taken = once(server, "connection");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  await once(socket, "connect");
  const [peer] = (await taken) as [Socket];
  server.close();
  const lost = new Promise((resolve) => peer.on("error", resolve));
  prepare(socket);
  const closed = once(socket, "close");
  process.nextTick(() => resetSocket(socket));
  await closed;
  return { peer, lost };
}

test.each(Object.entries(OPEN))("a socket %s is closed, and the other side sees the reset", async (_, prepare) => {
  const { peer, lost } = await resetAfter(prepare);
  peer.resume();
  await expect(lost).resolves.toMatchObject({ code: "ECONNRESET" });
});

test("a socket whose end is being sent is closed", async () => {
  const { peer } = await resetAfter((socket) => void socket.end());
  peer.destroy();
});
