/**
 * One HTTP server of the benchmark, in a process of its own, so that its CPU is
 * counted alone: this API, or what people write by hand, fastify with a GET or
 * an MGET behind it. The hand-written one is given every advantage: its values
 * are JSON text already, and it sends them as they are.
 *
 * The parent gets the address, and the CPU time whenever it asks for it.
 */
import { createLogger, loadSettings, openPlatform } from "@trilane/lane-kit";
import { fastify, type FastifyInstance } from "fastify";
import { Redis } from "ioredis";
import { createApi } from "../src/create-api.ts";
import { rawKeyOf } from "./flights.ts";

const api = process.argv[2] === "by-hand" ? byHand() : await trilane();
const address = await api.listen({ host: "127.0.0.1", port: 0 });
process.on("message", () => process.send?.({ cpu: process.cpuUsage() }));
process.on("disconnect", () => process.exit());
process.send?.({ address });

async function trilane(): Promise<FastifyInstance> {
  const settings = loadSettings();
  const logger = createLogger("bench", "silent");
  const { config, reader, clock, metrics } = await openPlatform({ name: "bench", settings, logger });
  return createApi({ config, reader, clock, metrics, logger, settings });
}

function byHand(): FastifyInstance {
  const redis = new Redis(process.env["TRILANE_CACHE_URL"] ?? "", { enableAutoPipelining: true });
  const server = fastify();
  server.get("/flight", async (request, reply) => {
    const { origin, destination } = request.query as Route;
    const text = await redis.get(rawKeyOf({ origin, destination }));
    return reply
      .code(text === null ? 404 : 200)
      .type("application/json")
      .send(text ?? "null");
  });
  server.post("/flights", async (request, reply) => {
    const { keys } = request.body as { readonly keys: readonly Route[] };
    const texts = await redis.mget(keys.map(rawKeyOf));
    return reply.type("application/json").send(`[${texts.map((text) => text ?? "null").join(",")}]`);
  });
  return server;
}

interface Route {
  readonly origin: string;
  readonly destination: string;
}
