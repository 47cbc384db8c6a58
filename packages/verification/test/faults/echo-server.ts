/**
 * A server that answers every chunk with the same bytes, and notes the bytes
 * that it got.
 */
import { createServer, type Server, type Socket } from "node:net";

export interface EchoServer {
  readonly port: number;
  /** All bytes that arrived, over all connections. */
  readonly received: () => string;
  readonly connections: () => number;
  close(): Promise<void>;
}

export async function startEchoServer(): Promise<EchoServer> {
  let received = "";
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("data", (chunk: Buffer) => {
      received += chunk.toString("latin1");
      socket.write(chunk);
    });
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("no port");
  return {
    port: address.port,
    received: () => received,
    connections: () => sockets.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
