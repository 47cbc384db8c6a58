/** A client that takes no byte of its answer must not hold memory for ever. */
import { once } from "node:events";
import { connect } from "node:net";
import { expect, it } from "vitest";
import { NOW_MS, openApi } from "../api-fixture.ts";

/** As JSON they are more than the buffers of both sockets hold. */
const RECORDS = 40;
const RECORD_BYTES = 280_000;

it("a client that takes no byte of its answer loses its connection", async () => {
  const fixture = await openApi({ limits: { idleMs: 200 } });
  const keys = Array.from({ length: RECORDS }, (_, index) => ({ origin: `O${index}` }));
  await fixture.writer.writeMany(
    keys.map((key) => ({
      kind: "put",
      group: "hubs",
      input: { ...key, at: NOW_MS, counter: 1, bytes: new Uint8Array(RECORD_BYTES) },
    })),
    { lane: "stream" },
  );
  const { port, hostname } = new URL(await fixture.api.listen({ port: 0, host: "127.0.0.1" }));
  const socket = connect(Number(port), hostname);
  socket.on("error", () => undefined);
  const body = JSON.stringify({ keys });
  const head = `POST /v1/features/hubs/batch HTTP/1.1\r\nhost: a\r\ncontent-type: application/json`;
  socket.write(`${head}\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  // The first bytes show that the answer is under way; from then on nothing is taken.
  await once(socket, "readable");
  await expect
    .poll(() => new Promise((resolve) => fixture.api.server.getConnections((_, count) => resolve(count))), {
      timeout: 10_000,
    })
    .toBe(0);
  socket.destroy();
  await fixture.api.close();
});
