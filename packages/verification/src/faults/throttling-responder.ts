/**
 * Answers HTTP requests as DynamoDB does when the throughput of the table or of
 * the account is exceeded, in turns. It listens on no port: the proxy hands
 * connections to it.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { resetSocket } from "./reset-socket.ts";

const REFUSALS = [
  {
    __type: "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
    message: "The level of configured provisioned throughput for the table was exceeded.",
  },
  { __type: "com.amazon.coral.availability#ThrottlingException", message: "Rate exceeded" },
] as const;

export class ThrottlingResponder {
  readonly #server: Server;
  readonly #sockets: Set<Socket> = new Set();
  #requests = 0;

  /** @param onRequest called for each request that is refused */
  constructor(onRequest: () => void) {
    this.#server = createServer((request, response) => {
      onRequest();
      this.#refuse(request, response);
    });
  }

  take(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    this.#server.emit("connection", socket);
  }

  reset(): void {
    for (const socket of this.#sockets) resetSocket(socket);
  }

  #refuse(request: IncomingMessage, response: ServerResponse): void {
    // The body is read, so that the client is not cut off while it sends it.
    request.resume();
    const refusal = REFUSALS[this.#requests % REFUSALS.length];
    this.#requests += 1;
    response.writeHead(400, { "content-type": "application/x-amz-json-1.0" });
    request.on("end", () => response.end(JSON.stringify(refusal)));
  }
}
