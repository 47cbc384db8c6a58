/**
 * One connection through the proxy: a client's socket, a socket to the server,
 * and a flow in each direction. It is over when both sockets are closed.
 */
import { connect, type Socket } from "node:net";
import { Flow } from "./flow.ts";
import type { FaultCounts, LinkFault } from "./link-fault.ts";
import { resetSocket } from "./reset-socket.ts";

export interface ProxiedConnectionOptions {
  readonly client: Socket;
  readonly host: string;
  readonly upstreamPort: number;
  readonly fired: FaultCounts;
  readonly onClosed: () => void;
}

/** The time between the loss of a reply and the connection's reset, in which the request surely runs. */
export const RESET_AFTER_LOST_REPLY_MS = 50;

export class ProxiedConnection {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #flows: readonly Flow[];
  #fault: LinkFault | null = null;
  #hasLostBytes = false;
  #resetTimer: NodeJS.Timeout | null = null;

  constructor({ client, host, upstreamPort, fired, onClosed }: ProxiedConnectionOptions) {
    // Either side may end its stream and still be answered.
    const server = connect({ host, port: upstreamPort, allowHalfOpen: true });
    client.setNoDelay();
    server.setNoDelay();
    this.#client = client;
    this.#server = server;
    const onLoss = (): void => this.#noteLoss();
    this.#flows = [
      // Bytes that a client sent before it broke off are delivered, as a network may do; so the server sees an orderly
      // end.
      new Flow({ source: client, target: server, direction: "requests", fired, onLoss, onEnd: () => server.end() }),
      new Flow({
        source: server,
        target: client,
        direction: "replies",
        fired,
        onLoss,
        onEnd: (isBroken) => (isBroken ? resetSocket(client) : client.end()),
      }),
    ];
    let open = 2;
    const onClose = (): void => {
      open -= 1;
      if (open > 0) return;
      this.#stop();
      onClosed();
    };
    client.on("close", onClose);
    server.on("close", onClose);
  }

  apply(fault: LinkFault | null): void {
    this.#fault = fault;
    // Bytes that are lost in the middle of a stream cannot be replaced.
    if (this.#hasLostBytes) this.reset();
    else for (const flow of this.#flows) flow.apply(fault);
  }

  /** Both sides see a reset, and the waiting bytes are lost. */
  reset(): void {
    this.#stop();
    resetSocket(this.#client);
    // A socket that is still connecting cannot be reset.
    if (this.#server.connecting) this.#server.destroy();
    else resetSocket(this.#server);
  }

  #noteLoss(): void {
    this.#hasLostBytes = true;
    if (this.#fault?.kind !== "drop-replies") return;
    this.#resetTimer ??= setTimeout(() => this.reset(), RESET_AFTER_LOST_REPLY_MS);
  }

  #stop(): void {
    for (const flow of this.#flows) flow.stop();
    if (this.#resetTimer !== null) clearTimeout(this.#resetTimer);
  }
}
