import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { afterEach, expect, it } from "vitest";
import { readKafkaMetadata } from "../src/kafka-metadata.ts";

/** One broker, `h:9092`, without a rack; then its controller. */
const ANSWER = "00000001" + "00000001" + "00000000" + "000168" + "00002384" + "ffff";
const NO_TOPICS = "00000000";
const WITHIN_MS = 5_000;

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A broker that answers these bytes, a few at a time. */
async function brokerThatAnswers(hex: string): Promise<number> {
  const body = Buffer.from(hex, "hex");
  const size = Buffer.alloc(4);
  size.writeInt32BE(body.length);
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => {
      for (const byte of Buffer.concat([size, body])) socket.write(Buffer.from([byte]));
    });
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

it("reads the ports of the brokers, and the controller", async () => {
  const port = await brokerThatAnswers(`${ANSWER}00000000${NO_TOPICS}`);
  expect(await readKafkaMetadata(port, WITHIN_MS)).toEqual({ brokerPorts: [9_092], controllerId: 0 });
});

it("says where no controller is elected yet", async () => {
  const port = await brokerThatAnswers(`${ANSWER}ffffffff${NO_TOPICS}`);
  expect(await readKafkaMetadata(port, WITHIN_MS)).toEqual({ brokerPorts: [9_092], controllerId: null });
});

it.each([
  ["of another request", `00000002${ANSWER.slice(8)}00000000`, "another request"],
  ["that ends early", ANSWER, "out of range"],
])("rejects an answer %s", async (_name, hex, message) => {
  const port = await brokerThatAnswers(hex);
  await expect(readKafkaMetadata(port, WITHIN_MS)).rejects.toThrow(message);
});

it("rejects where nobody answers in time", async () => {
  const server = createServer((socket) => void socket.on("error", () => undefined));
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await expect(readKafkaMetadata(port, 50)).rejects.toThrow("did not answer in 50 ms");
});
