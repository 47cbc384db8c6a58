/**
 * Sends prepared HTTP requests over a fixed number of connections, each one
 * request at a time. It reads of an answer only its status and length, so that
 * the client takes as little of the machine as possible.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { performance } from "node:perf_hooks";

const HEADER_END = "\r\n\r\n";
const LENGTH = /\r\ncontent-length: (\d+)/i;

export interface HttpLoad {
  readonly host: string;
  readonly port: number;
  readonly connections: number;
  /** The bytes of the request with this number. */
  readonly requestAt: (index: number) => Buffer;
}

export interface HttpFigures {
  readonly answered: number;
  /** Milliseconds from the request to the end of its answer, in rising order. */
  readonly latenciesMs: Float64Array;
}

/** Sends so many requests. @throws Error for an answer other than 200 */
export async function sendRequests(load: HttpLoad, count: number): Promise<HttpFigures> {
  const latenciesMs = new Float64Array(count);
  let [next, done] = [0, 0];
  const run = async (socket: Socket): Promise<void> => {
    while (next < count) {
      next += 1;
      const sentMs = performance.now();
      socket.write(load.requestAt(next));
      await readAnswer(socket);
      latenciesMs[done] = performance.now() - sentMs;
      done += 1;
    }
    socket.destroy();
  };
  const sockets = await Promise.all(Array.from({ length: load.connections }, () => open(load)));
  await Promise.all(sockets.map(run));
  return { answered: done, latenciesMs: latenciesMs.sort() };
}

async function open({ host, port }: HttpLoad): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true });
  await once(socket, "connect");
  return socket;
}

function readAnswer(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    let [left, head] = [-1, ""];
    const end = (error?: Error): void => {
      socket.off("data", take);
      socket.off("error", end);
      socket.off("close", closed);
      if (error === undefined) resolve();
      else reject(error);
    };
    const closed = (): void => end(new Error("the server closed the connection"));
    const take = (chunk: Buffer): void => {
      if (left < 0) {
        head += chunk.toString("latin1");
        const at = head.indexOf(HEADER_END);
        if (at < 0) return;
        if (!head.startsWith("HTTP/1.1 200")) return end(new Error(`not answered: ${head.slice(0, 500)}`));
        left = Number(LENGTH.exec(head)?.[1]) - (head.length - at - HEADER_END.length);
      } else left -= chunk.length;
      if (left === 0) end();
      return undefined;
    };
    socket.on("data", take);
    socket.on("error", end);
    socket.on("close", closed);
  });
}
