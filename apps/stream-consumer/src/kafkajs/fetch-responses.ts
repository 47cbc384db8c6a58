/**
 * Decodes fetch responses in place of kafkajs; `read-log.ts` says why. Only
 * kafkajs's own request shows where a fetch begins, so each request gets a
 * decoder of its own. kafkajs keeps one definition of the request for the
 * module. So this is done once per process and for all its clients, like the
 * codecs; nothing of the installed package is changed.
 */
import { createRequire } from "node:module";
import { Turn } from "@trilane/feature-groups";
import { StreamError } from "../errors.ts";
import { type PartitionId, partitionName } from "../stream-source.ts";
import type { AbortedTransaction } from "./aborted-transactions.ts";
import { ByteCursor } from "./byte-cursor.ts";
import { FetchBudget, type FetchLimits } from "./fetch-budget.ts";
import { FetchedMessage } from "./fetched-message.ts";
import { readLog, type ReadLog } from "./read-log.ts";

/** The fields of a partition that kafkajs reads. */
export interface FetchedPartition {
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: string;
  /** The list is empty, because aborted records are already left out. */
  readonly abortedTransactions: readonly [];
  readonly preferredReadReplica: number;
  readonly messages: readonly FetchedMessage[];
}

export interface FetchResponse {
  readonly throttleTime: number;
  readonly clientSideThrottleTime: number;
  readonly errorCode: number;
  readonly sessionId: number;
  readonly responses: readonly { readonly topicName: string; readonly partitions: readonly FetchedPartition[] }[];
}

/** A topic in the form in which kafkajs requests a fetch. */
export interface FetchedTopic {
  readonly topic: string;
  readonly partitions: readonly { readonly partition: number; readonly fetchOffset: string }[];
}

interface FetchRequest {
  readonly response: { readonly parse: unknown; readonly decode: unknown };
}

interface FetchDefinition {
  protocol(options: {
    readonly version: number;
  }): (options: { readonly topics: readonly FetchedTopic[] }) => FetchRequest;
}

/** Versions before the first do not know record batches; kafkajs uses none after the last. */
const VERSION_FIRST = 4;
const VERSION_LAST = 11;
/** The version from which this field exists. */
const WITH_LOG_START = 5;
const WITH_SESSION = 7;
const WITH_CLIENT_THROTTLE = 8;
const WITH_PREFERRED_REPLICA = 11;
const OFFSET_OUT_OF_RANGE = 1;
/** The broker found its log damaged. */
const CORRUPT_MESSAGE = 2;
const INT64_BYTES = 8;

const requireOf = createRequire(import.meta.url);
const ownTopics = new Set<string>();
let isInstalled = false;

/** Replaces the decoder. Calling it again changes nothing. */
export function correctFetchResponses(): void {
  if (isInstalled) return;
  isInstalled = true;
  const definition = requireOf("kafkajs/src/protocol/requests/fetch") as FetchDefinition;
  const protocol = definition.protocol.bind(definition);
  definition.protocol = ({ version }) => {
    const requestOf = protocol({ version });
    if (version < VERSION_FIRST || version > VERSION_LAST) return requestOf;
    return (options) => {
      const request = requestOf(options);
      const decode = (bytes: Buffer): Promise<FetchResponse> => decodeFetch(bytes, { version, topics: options.topics });
      return { ...request, response: { parse: request.response.parse, decode } };
    };
  };
}

/**
 * Incidents of these topics become messages, which the reader of the topic must know. Other consumers of the process
 * get errors, as kafkajs gives them.
 */
export function takeIncidentsOf(topics: readonly string[]): void {
  for (const topic of topics) ownTopics.add(topic);
}

export interface DecodeOptions {
  readonly version: number;
  readonly topics: readonly FetchedTopic[];
  readonly limits?: FetchLimits;
}

/** @throws StreamError BATCH_UNREADABLE in a topic that is not ours */
export async function decodeFetch(bytes: Buffer, { version, topics, limits }: DecodeOptions): Promise<FetchResponse> {
  const cursor = new ByteCursor(bytes);
  const throttleMs = cursor.int32();
  const errorCode = version >= WITH_SESSION ? cursor.int16() : 0;
  const sessionId = version >= WITH_SESSION ? cursor.int32() : 0;
  const share: FetchShare = { budget: new FetchBudget(limits), turn: new Turn() };
  const positions = positionsOf(topics);
  const responses: { topicName: string; partitions: FetchedPartition[] }[] = [];
  for (let left = cursor.int32(); left > 0; left -= 1) {
    const topicName = cursor.text();
    const partitions: FetchedPartition[] = [];
    for (let own = cursor.int32(); own > 0; own -= 1) {
      const raw = rawPartitionAt(cursor, version);
      const from = positions.get(partitionName({ topic: topicName, ...raw })) ?? 0n;
      partitions.push(await fetchedPartition({ ...raw, topic: topicName }, from, share));
    }
    responses.push({ topicName, partitions });
  }
  const isOurs = version >= WITH_CLIENT_THROTTLE;
  const [throttleTime, clientSideThrottleTime] = isOurs ? [0, throttleMs] : [throttleMs, 0];
  return { throttleTime, clientSideThrottleTime, errorCode, sessionId, responses };
}

function positionsOf(topics: readonly FetchedTopic[]): ReadonlyMap<string, bigint> {
  const entries = topics.flatMap(({ topic, partitions }) =>
    partitions.map(({ partition, fetchOffset }) => [partitionName({ topic, partition }), BigInt(fetchOffset)] as const),
  );
  return new Map(entries);
}

interface RawPartition {
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: bigint;
  readonly aborted: readonly AbortedTransaction[];
  readonly preferredReadReplica: number;
  readonly log: Buffer;
}

function rawPartitionAt(cursor: ByteCursor, version: number): RawPartition {
  const partition = cursor.int32();
  const errorCode = cursor.int16();
  const highWatermark = cursor.int64();
  // The last stable offset, and the offset at which the log begins.
  cursor.skip(INT64_BYTES + (version >= WITH_LOG_START ? INT64_BYTES : 0));
  const aborted = Array.from({ length: Math.max(0, cursor.int32()) }, () => ({
    producerId: cursor.int64(),
    firstOffset: cursor.int64(),
  }));
  const preferredReadReplica = version >= WITH_PREFERRED_REPLICA ? cursor.int32() : -1;
  const log = cursor.bytes(Math.max(0, cursor.int32()));
  return { partition, errorCode, highWatermark, aborted, preferredReadReplica, log };
}

/** The parts that all partitions of a fetch share. */
interface FetchShare {
  readonly budget: FetchBudget;
  readonly turn: Turn;
}

async function fetchedPartition(
  raw: RawPartition & PartitionId,
  from: bigint,
  share: FetchShare,
): Promise<FetchedPartition> {
  const { partition, preferredReadReplica, highWatermark, errorCode } = raw;
  const fetched = {
    partition,
    preferredReadReplica,
    highWatermark: String(highWatermark),
    abortedTransactions: [],
  } as const;
  if (errorCode !== 0) {
    const incident = ownTopics.has(raw.topic) ? incidentOf(errorCode, from) : null;
    return incident === null
      ? { ...fetched, errorCode, messages: [] }
      : { ...fetched, errorCode: 0, messages: [FetchedMessage.incidentAt(from, incident)] };
  }
  const read = await readLog(raw.log, { from, highWatermark, aborted: raw.aborted, ...share });
  return { ...fetched, errorCode, messages: messagesOf(read, raw, from) };
}

/** Null: kafkajs itself handles this error. */
function incidentOf(errorCode: number, from: bigint): FetchedMessage["incident"] {
  if (errorCode === OFFSET_OUT_OF_RANGE) return { kind: "out-of-range" };
  if (errorCode !== CORRUPT_MESSAGE) return null;
  const detail = "the broker finds its log damaged here (CORRUPT_MESSAGE)";
  return { kind: "unreadable", endOffset: from + 1n, bytes: null, detail };
}

function messagesOf(read: ReadLog, { topic, partition }: PartitionId, from: bigint): readonly FetchedMessage[] {
  if (read.kind === "unreadable") {
    if (ownTopics.has(topic)) return [FetchedMessage.incidentAt(from, read)];
    const name = partitionName({ topic, partition });
    throw new StreamError("BATCH_UNREADABLE", `the batch of ${name} at offset ${from} cannot be read: ${read.detail}`);
  }
  const { records } = read;
  const messages = ownTopics.has(topic)
    ? FetchedMessage.ofAll(records)
    : records.map((record) => new FetchedMessage(record));
  const last = read.endOffset === null ? null : read.endOffset - 1n;
  const reached = records.at(-1)?.offset ?? null;
  // Nobody sees this message; it moves the position over offsets that have no record.
  return last === null || last === reached ? messages : [...messages, FetchedMessage.hiddenAt(last)];
}
