/**
 * Finds free TCP ports on the loopback interface, by binding them. They are
 * taken from below the range of outgoing connections. Inside that range, a
 * client that keeps reconnecting to a server that is down could get the
 * server's own port, connect to itself, and keep the port when the server wants
 * to restart.
 */
import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import { ServersError } from "./errors.ts";

/** Below Linux's default range of outgoing ports (from 32768), and above common services. */
const lowestPort = 15_000;
const highestPort = 32_000;
const attemptsMax = 50;

/**
 * A port on which nothing listened a moment ago.
 * @throws ServersError `port-taken` when none was found
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const port = randomInt(lowestPort, highestPort);
    if (await isPortFree(port)) return port;
  }
  throw new ServersError("port-taken", `no free port found between ${lowestPort} and ${highestPort}`);
}

/** True where 127.0.0.1:`port` can be bound now. */
export async function isPortFree(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen({ port, host: "127.0.0.1", exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
