/** Sends a record batch as its bytes, since the client can send no header without a value. */
import { once } from "node:events";
import { connect } from "node:net";
import { type WrittenBatch, batchBytes } from "./kafkajs/fetch-bytes.ts";

export interface BatchOf {
  readonly topic: string;
  readonly partition: number;
  readonly batch: WrittenBatch;
}

const PRODUCE = 0;
/** The oldest version that brokers still have. */
const VERSION = 3;
const TIMEOUT_MS = 10_000;
const ALL_REPLICAS = -1;

/** @throws Error with the number by which the broker refuses the batch */
export async function produceBytes(broker: string, { topic, partition, batch }: BatchOf): Promise<void> {
  const [host = "", port = ""] = broker.split(":");
  const socket = connect({ host, port: Number(port) });
  const bytes = batchBytes(batch);
  const request = Buffer.concat([
    numbers([2, PRODUCE], [2, VERSION], [4, 1], [2, -1]),
    numbers([2, -1], [2, ALL_REPLICAS], [4, TIMEOUT_MS], [4, 1], [2, Buffer.byteLength(topic)]),
    Buffer.from(topic),
    numbers([4, 1], [4, partition], [4, bytes.length]),
    bytes,
  ]);
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error("the broker did not answer")));
  socket.write(Buffer.concat([numbers([4, request.length]), request]));
  // A small answer comes at once: length, correlation, topics, name, partitions, partition, error.
  const [answer] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  const error = answer.readInt16BE(4 + 4 + 4 + 2 + Buffer.byteLength(topic) + 4 + 4);
  if (error !== 0) throw new Error(`the broker refused the batch with error ${error}`);
}

function numbers(...all: readonly (readonly [bytes: 2 | 4, value: number])[]): Buffer {
  return Buffer.concat(
    all.map(([size, value]) => {
      const bytes = Buffer.alloc(size);
      bytes.writeIntBE(value, 0, size);
      return bytes;
    }),
  );
}
