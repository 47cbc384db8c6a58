/**
 * One request to a broker by Kafka's own protocol, over its open listener. A client library would keep connections and
 * timers, and knows some requests of administrators not at all.
 */
import { connect, type Socket } from "node:net";

export interface KafkaRequest {
  readonly port: number;
  readonly timeoutMs: number;
  readonly apiKey: number;
  readonly apiVersion: number;
  /** Requests with tagged fields have a longer header. */
  readonly isFlexible?: boolean;
  readonly body: Buffer;
}

const CORRELATION_ID = 1;
const CLIENT_ID = "trilane-servers";
const SIZE_BYTES = 4;
const ANSWER_BYTES_MAX = 65_536;
const NO_TAGS: Buffer = Buffer.from([0]);

/**
 * Returns the answer behind its correlation id.
 * @throws Error where the broker does not answer in time, or answers another request
 */
export async function askKafka({ port, timeoutMs, ...request }: KafkaRequest): Promise<Buffer> {
  const socket = connect({ host: "127.0.0.1", port });
  const late = AbortSignal.timeout(timeoutMs);
  late.addEventListener("abort", () => socket.destroy(new Error(`the broker did not answer in ${timeoutMs} ms`)));
  try {
    socket.write(bytesOf(request));
    const answer = await readAnswer(socket);
    if (answer.readInt32BE(0) !== CORRELATION_ID) throw new Error("the broker answered another request");
    return answer.subarray(SIZE_BYTES);
  } finally {
    socket.destroy();
  }
}

function bytesOf({
  apiKey,
  apiVersion,
  isFlexible = false,
  body,
}: Pick<KafkaRequest, "apiKey" | "apiVersion" | "isFlexible" | "body">): Buffer {
  const client = Buffer.from(CLIENT_ID);
  const all = Buffer.concat([
    int16(apiKey),
    int16(apiVersion),
    int32(CORRELATION_ID),
    int16(client.length),
    client,
    ...(isFlexible ? [NO_TAGS] : []),
    body,
  ]);
  return Buffer.concat([int32(all.length), all]);
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

export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
