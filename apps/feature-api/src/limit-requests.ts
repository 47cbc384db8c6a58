/** Refuses requests while too many, or too large ones, are under way. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ApiLimits } from "./limits.ts";
import { problemBody } from "./problems.ts";

export function limitRequests(api: FastifyInstance, limits: ApiLimits): void {
  let [requests, bodiesBytes] = [0, 0];
  api.addHook("onRequest", (request, reply, done) => {
    const bytes = bodyBytesOf(request, limits);
    if (requests >= limits.requestsMax) return refuse(reply, `${limits.requestsMax} requests are under way already`);
    if (bodiesBytes + bytes > limits.bodiesBytesMax) {
      return refuse(reply, `requests under way have ${bodiesBytes} bytes of bodies already`);
    }
    requests += 1;
    bodiesBytes += bytes;
    // This event also comes when the client has gone before its answer.
    reply.raw.on("close", () => {
      requests -= 1;
      bodiesBytes -= bytes;
    });
    return done();
  });
}

/** The size that the client states, or the maximum. */
function bodyBytesOf({ headers, method }: FastifyRequest, { bodyBytesMax }: ApiLimits): number {
  const declared = headers["content-length"];
  if (declared !== undefined) return Math.min(Number(declared) || 0, bodyBytesMax);
  return method === "GET" || method === "HEAD" ? 0 : bodyBytesMax;
}

function refuse(reply: FastifyReply, problem: string): void {
  const message = `${problem}; try again, or another process`;
  reply
    .code(503)
    .header("retry-after", "1")
    .send(problemBody("OVERLOADED", message, 503));
}
