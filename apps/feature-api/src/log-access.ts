/** Writes a line of the access log for each request, when its answer is sent or its client has gone. */
import { REQUEST_ID_HEADER, type WriteAccess } from "@trilane/lane-kit";
import type { FastifyInstance } from "fastify";

const TENTHS = 10;

export function logAccess(api: FastifyInstance, write: WriteAccess): void {
  api.addHook("onRequest", (request, reply, done) => {
    void reply.header(REQUEST_ID_HEADER, request.id);
    // This event also comes when the client has gone before its answer.
    reply.raw.once("close", () => {
      const { client, asked, id } = request;
      write({
        client: client?.name ?? null,
        verb: "read",
        groups: asked?.groups ?? [],
        keys: asked?.keys ?? 0,
        status: reply.raw.writableFinished ? reply.statusCode : null,
        durationMs: Math.round(reply.elapsedTime * TENTHS) / TENTHS,
        request: id,
      });
    });
    done();
  });
}
