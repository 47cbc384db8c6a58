/**
 * The ids that brokers give to topics, and the rights that they give to the
 * asking user. A topic that was deleted and created again has another id under
 * its old name, and its offsets begin anew. kafkajs asks for neither, so this
 * sends a metadata request of a later version.
 * Source: the Kafka protocol guide, Metadata 12.
 */
import { ByteCursor } from "./byte-cursor.ts";

/** The used parts of kafkajs's cluster; its types leave out how a broker is asked. */
export interface AskedCluster {
  getNodeIds(): readonly (number | string)[];
  findBroker(node: { readonly nodeId: string }): Promise<unknown>;
}

interface AskedBroker {
  readonly versions: Readonly<Record<number, { readonly maxVersion: number } | undefined>> | null;
  readonly connectionPool: { send(request: object): Promise<unknown> };
}

const METADATA = 3;
const VERSION = 12;
/** The code of an ACL operation is the number of its bit. */
const OPERATIONS = { READ: 3, WRITE: 4, CREATE: 5, DESCRIBE: 8 } as const;
const UUID_BYTES = 16;
const INT16_BYTES = 2;
const INT32_BYTES = 4;

export type TopicOperation = keyof typeof OPERATIONS;

export interface TopicMetadata {
  readonly id: string;
  /** Those that the asking user may do; empty where it was not asked for. */
  readonly operations: ReadonlySet<TopicOperation>;
}

export interface TopicQuestion {
  readonly topics: readonly string[];
  readonly asksForOperations?: boolean;
}

/** Missing and hidden topics are left out. Null: the brokers are too old to give ids (before Kafka 3.1). */
export async function readTopicMetadata(
  cluster: AskedCluster,
  question: TopicQuestion,
): Promise<ReadonlyMap<string, TopicMetadata> | null> {
  const [nodeId] = cluster.getNodeIds();
  if (nodeId === undefined) return null;
  const { versions, connectionPool } = (await cluster.findBroker({ nodeId: String(nodeId) })) as AskedBroker;
  if ((versions?.[METADATA]?.maxVersion ?? 0) < VERSION) return null;
  const answer = await connectionPool.send({
    request: {
      apiKey: METADATA,
      apiVersion: VERSION,
      apiName: "Metadata",
      encode: async () => encoded(requestBytes(question)),
    },
    response: { decode: async (bytes: Buffer) => topicsOf(bytes), parse: async (topics: unknown) => topics },
  });
  return answer as ReadonlyMap<string, TopicMetadata>;
}

/** The tagged fields of the header come first; there are none. kafkajs does not write them. */
function requestBytes({ topics, asksForOperations = false }: TopicQuestion): Buffer {
  const [noTags, no, operations] = [Buffer.from([0]), Buffer.from([0]), Buffer.from([Number(asksForOperations)])];
  const asked = topics.map((topic) => {
    const name = Buffer.from(topic);
    return Buffer.concat([Buffer.alloc(UUID_BYTES), unsignedVarint(name.length + 1), name, noTags]);
  });
  return Buffer.concat([noTags, unsignedVarint(topics.length + 1), ...asked, no, operations, noTags]);
}

/** Reads the part of a response after its correlation id. */
function topicsOf(bytes: Buffer): ReadonlyMap<string, TopicMetadata> {
  const cursor = new ByteCursor(bytes);
  skipTags(cursor);
  cursor.skip(INT32_BYTES);
  for (let brokers = compactCount(cursor); brokers > 0; brokers -= 1) {
    cursor.skip(INT32_BYTES);
    compactBytes(cursor);
    cursor.skip(INT32_BYTES);
    compactBytes(cursor);
    skipTags(cursor);
  }
  compactBytes(cursor);
  cursor.skip(INT32_BYTES);
  const found = new Map<string, TopicMetadata>();
  for (let topics = compactCount(cursor); topics > 0; topics -= 1) {
    const errorCode = cursor.int16();
    const name = compactBytes(cursor).toString("utf8");
    const id = cursor.bytes(UUID_BYTES).toString("hex");
    skipPartitions(cursor);
    const operations = operationsOf(cursor.int32());
    skipTags(cursor);
    if (errorCode === 0) found.set(name, { id, operations });
  }
  return found;
}

/** The smallest number of its type stands for "not asked for". */
function operationsOf(bits: number): ReadonlySet<TopicOperation> {
  if (bits < 0) return new Set();
  const all = Object.entries(OPERATIONS) as (readonly [TopicOperation, number])[];
  return new Set(all.filter(([, bit]) => (bits & (1 << bit)) !== 0).map(([operation]) => operation));
}

function skipPartitions(cursor: ByteCursor): void {
  cursor.skip(1);
  for (let partitions = compactCount(cursor); partitions > 0; partitions -= 1) {
    cursor.skip(INT16_BYTES + 3 * INT32_BYTES);
    for (const _list of ["replicas", "in sync", "offline"]) cursor.skip(compactCount(cursor) * INT32_BYTES);
    skipTags(cursor);
  }
}

/** The number in the bytes is one more than the count; 0 stands for none. */
function compactCount(cursor: ByteCursor): number {
  return Math.max(0, cursor.unsignedVarint() - 1);
}

function compactBytes(cursor: ByteCursor): Buffer {
  return cursor.bytes(compactCount(cursor));
}

function skipTags(cursor: ByteCursor): void {
  for (let tags = cursor.unsignedVarint(); tags > 0; tags -= 1) {
    cursor.unsignedVarint();
    cursor.skip(cursor.unsignedVarint());
  }
}

/** The shape of kafkajs's encoder, as far as it reads it. */
function encoded(bytes: Buffer): { readonly buf: Buffer; readonly buffer: Buffer } {
  return { buf: bytes, buffer: bytes };
}

function unsignedVarint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) + 0x80);
  return Buffer.from([...bytes, left]);
}
