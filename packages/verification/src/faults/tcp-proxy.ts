/**
 * A TCP proxy on the loopback interface. It stands before a real server and
 * affects the bytes as networks do. Without a fault it only passes them on.
 *
 * The proxy proves that a fault had an effect: `fired` counts the chunks,
 * connections and requests that each kind affected.
 */
import { createServer, type Server, type Socket } from "node:net";
import { type FaultCounts, type LinkFault, type LinkFaultKind, noFaults } from "./link-fault.ts";
import { ProxiedConnection } from "./proxied-connection.ts";
import { resetSocket } from "./reset-socket.ts";
import { ThrottlingResponder } from "./throttling-responder.ts";

export interface TcpProxyOptions {
  /** The name in reports: `cache`, `dynamodb`. */
  readonly name: string;
  readonly upstreamPort: number;
  /** The port on which it listens; without it, a free one. */
  readonly port?: number;
  /** The host of both sides; default 127.0.0.1. */
  readonly host?: string;
}

export interface TcpProxy {
  readonly name: string;
  readonly port: number;
  /**
   * The number of connections that were cut, of chunks that were delayed, held or lost, and of requests that were
   * throttled.
   */
  readonly fired: Readonly<Record<LinkFaultKind, number>>;
  /** Ends the present fault, even one of the same kind, and begins this one; null: none. */
  apply(fault: LinkFault | null): void;
  /** New connections lead to another server from now on; existing ones stay. */
  retarget(upstreamPort: number): void;
  /** Resets all connections and stops listening; leaves no handle. Idempotent. */
  close(): Promise<void>;
}

const LOOPBACK = "127.0.0.1";
/** The maximum of connections at once; more are reset. */
const CONNECTIONS_MAX = 1_000;

export async function startTcpProxy(options: TcpProxyOptions): Promise<TcpProxy> {
  const proxy = new LoopbackProxy(options);
  await proxy.listen();
  return proxy;
}

class LoopbackProxy implements TcpProxy {
  readonly name: string;
  readonly fired: FaultCounts = noFaults();
  readonly #options: TcpProxyOptions;
  readonly #host: string;
  readonly #server: Server;
  readonly #connections: Set<ProxiedConnection> = new Set();
  readonly #throttling: ThrottlingResponder;
  #fault: LinkFault | null = null;
  #port = 0;
  #upstreamPort: number;
  #closed: Promise<void> | null = null;

  constructor(options: TcpProxyOptions) {
    this.name = options.name;
    this.#options = options;
    this.#host = options.host ?? LOOPBACK;
    this.#upstreamPort = options.upstreamPort;
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
    this.#throttling = new ThrottlingResponder(() => {
      this.fired.throttle += 1;
    });
  }

  get port(): number {
    return this.#port;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ host: this.#host, port: this.#options.port ?? 0 }, () => {
        this.#server.off("error", reject);
        resolve();
      });
    });
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new TypeError("a TCP server has an address with a port");
    this.#port = address.port;
  }

  apply(fault: LinkFault | null): void {
    this.#fault = fault;
    // The responder would throttle the connections that it holds for ever.
    this.#throttling.reset();
    if (fault?.kind === "cut" || fault?.kind === "throttle") {
      if (fault.kind === "cut") this.fired.cut += this.#connections.size;
      this.#resetAll();
    } else {
      for (const connection of this.#connections) connection.apply(fault);
    }
  }

  retarget(upstreamPort: number): void {
    this.#upstreamPort = upstreamPort;
  }

  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#throttling.reset();
      this.#resetAll();
    });
    return this.#closed;
  }

  #accept(client: Socket): void {
    client.on("error", ignore);
    if (this.#fault?.kind === "cut") {
      this.fired.cut += 1;
      resetSocket(client);
    } else if (this.#connections.size >= CONNECTIONS_MAX || this.#closed !== null) {
      resetSocket(client);
    } else if (this.#fault?.kind === "throttle") {
      this.#throttling.take(client);
    } else {
      this.#connect(client);
    }
  }

  #connect(client: Socket): void {
    const connection: ProxiedConnection = new ProxiedConnection({
      client,
      host: this.#host,
      upstreamPort: this.#upstreamPort,
      fired: this.fired,
      onClosed: () => this.#connections.delete(connection),
    });
    this.#connections.add(connection);
    connection.apply(this.#fault);
  }

  #resetAll(): void {
    for (const connection of this.#connections) connection.reset();
  }
}

/** Only the end of the socket counts, which follows. */
function ignore(): void {
  // Without a listener the error would end the process.
}
