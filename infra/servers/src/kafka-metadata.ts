/**
 * Asks a broker, by Kafka's own protocol, which brokers its cluster has. Only a
 * broker that is registered and knows its controller answers with both. A client
 * library would ask more, keep connections and timers, and print warnings of
 * its own while a server starts.
 */
import { connect, type Socket } from "node:net";

export interface KafkaMetadata {
  /** The ports that the brokers tell their clients. */
  readonly brokerPorts: readonly number[];
  /** Null as long as none is elected. */
  readonly controllerId: number | null;
}

const METADATA = 3;
/** The first version with the controller; every broker has it. */
const METADATA_VERSION = 1;
const CORRELATION_ID = 1;
const CLIENT_ID = "trilane-servers";
const SIZE_BYTES = 4;
const ANSWER_BYTES_MAX = 65_536;
const NO_CONTROLLER = -1;

/** @throws Error where the broker does not answer in time, or with something else than metadata */
export async function readKafkaMetadata(port: number, timeoutMs: number): Promise<KafkaMetadata> {
  const socket = connect({ host: "127.0.0.1", port });
  const late = AbortSignal.timeout(timeoutMs);
  late.addEventListener("abort", () => socket.destroy(new Error(`the broker did not answer in ${timeoutMs} ms`)));
  try {
    socket.write(metadataRequest());
    return metadataOf(await readAnswer(socket));
  } finally {
    socket.destroy();
  }
}

/** Asks for no topic, so the answer is small. */
function metadataRequest(): Buffer {
  const client = Buffer.from(CLIENT_ID);
  const body = Buffer.concat([
    int16(METADATA),
    int16(METADATA_VERSION),
    int32(CORRELATION_ID),
    int16(client.length),
    client,
    int32(0),
  ]);
  return Buffer.concat([int32(body.length), body]);
}

async function readAnswer(socket: Socket): Promise<Buffer> {
  let bytes = Buffer.alloc(0);
  for await (const chunk of socket) {
    bytes = Buffer.concat([bytes, chunk as Buffer]);
    const size = bytes.length < SIZE_BYTES ? 0 : bytes.readInt32BE(0);
    if (size < 0 || size > ANSWER_BYTES_MAX) throw new Error(`the broker announced an answer of ${size} bytes`);
    if (bytes.length >= SIZE_BYTES && bytes.length >= SIZE_BYTES + size) return bytes.subarray(SIZE_BYTES);
  }
  throw new Error("the broker closed the connection");
}

function metadataOf(answer: Buffer): KafkaMetadata {
  let at = 0;
  const take = (count: number): number => (at += count) - count;
  const readText = (): void => void take(Math.max(0, answer.readInt16BE(take(2))));
  if (answer.readInt32BE(take(4)) !== CORRELATION_ID) throw new Error("the broker answered another request");
  const brokerPorts = Array.from({ length: answer.readInt32BE(take(4)) }, () => {
    take(4);
    readText();
    const port = answer.readInt32BE(take(4));
    readText();
    return port;
  });
  const controllerId = answer.readInt32BE(take(4));
  return { brokerPorts, controllerId: controllerId === NO_CONTROLLER ? null : controllerId };
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
