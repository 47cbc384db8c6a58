/** Refuses requests while too many are under way, so that none waits without end. */
import type { FastifyInstance } from "fastify";
import { problemBody } from "./problems.ts";

export function limitRequests(api: FastifyInstance, requestsMax: number): void {
  let underWay = 0;
  api.addHook("onRequest", async (_request, reply) => {
    if (underWay >= requestsMax) {
      const message = `${requestsMax} requests are under way already; try again, or another process`;
      return reply
        .code(503)
        .header("retry-after", "1")
        .send(problemBody("OVERLOADED", message, 503));
    }
    underWay += 1;
    // This event also comes when the client has gone before its answer.
    reply.raw.once("close", () => {
      underWay -= 1;
    });
    return undefined;
  });
}
