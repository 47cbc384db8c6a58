/**
 * Requests that arrive together over separate connections share their questions
 * to the cache.
 */
import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import { expect, it } from "vitest";
import { FLIGHT, openApi } from "../api-fixture.ts";

const CONNECTIONS = 40;
const REQUEST = "GET /v1/features/routes?origin=SEA&destination=SFO HTTP/1.1\r\nhost: here\r\n\r\n";

it("reads of separate connections that arrive in one turn of the event loop share one request of the cache", async () => {
  const { api, cache, writer } = await openApi();
  await writer.write("routes", [FLIGHT], { lane: "stream" });
  const sizes: number[] = [];
  const get = cache.get.bind(cache);
  cache.get = (epoch, keys) => {
    sizes.push(keys.length);
    return get(epoch, keys);
  };
  await api.listen({ host: "127.0.0.1", port: 0 });
  const { port } = api.server.address() as AddressInfo;
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => connected(port)));
  // A server takes up one new connection per turn, so after this all of them are open.
  await requestAll(sockets);
  sizes.length = 0;
  expect(await requestAll(sockets)).toEqual(sockets.map(() => "HTTP/1.1 200 OK"));
  // There is usually one call; a busy machine's network may hand some requests over a turn later.
  expect(sizes.length).toBeLessThanOrEqual(CONNECTIONS / 4);
  expect(new Set(sizes)).toEqual(new Set([1]));
  for (const socket of sockets) socket.destroy();
  await api.close();
});

async function connected(port: number): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  await once(socket, "connect");
  return socket;
}

/** Writes to all sockets in this turn, so that the server can read all of them in its next one. */
async function requestAll(sockets: readonly Socket[]): Promise<readonly string[]> {
  const answers = sockets.map(firstLine);
  for (const socket of sockets) socket.write(REQUEST);
  return Promise.all(answers);
}

async function firstLine(socket: Socket): Promise<string> {
  const [chunk] = (await once(socket, "data")) as [Buffer];
  return chunk.toString("latin1").split("\r\n")[0] ?? "";
}
