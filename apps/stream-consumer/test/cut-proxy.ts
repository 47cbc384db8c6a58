/** A way into a server whose connections a test can close, so that clients connect anew. */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export interface CutProxy {
  readonly port: number;
  /** Returns the number of connections that it closed. */
  cut(): number;
  close(): Promise<void>;
}

/** `upstreamPort` may begin to listen later. */
export async function startCutProxy(upstreamPort: number): Promise<CutProxy> {
  const open = new Set<Socket>();
  const server = createServer((incoming) => {
    const outgoing = connect({ host: "127.0.0.1", port: upstreamPort });
    open.add(incoming);
    const end = (): void => {
      open.delete(incoming);
      incoming.destroy();
      outgoing.destroy();
    };
    for (const socket of [incoming, outgoing]) socket.on("error", end).on("close", end);
    incoming.pipe(outgoing).pipe(incoming);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const cut = (): number => {
    const { size } = open;
    for (const socket of open) socket.destroy();
    return size;
  };
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    cut,
    async close() {
      cut();
      server.close();
      await once(server, "close");
    },
  };
}
