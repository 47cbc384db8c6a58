/**
 * Asks a broker which brokers its cluster has. Only a broker that is registered
 * and knows its controller answers with both. A client library would print
 * warnings of its own while a server starts.
 */
import { askKafka, int32 } from "./kafka-request.ts";

export interface KafkaMetadata {
  /** The ports that the brokers tell their clients. */
  readonly brokerPorts: readonly number[];
  /** Null as long as none is elected. */
  readonly controllerId: number | null;
}

const METADATA = 3;
/** The first version with the controller; every broker has it. */
const METADATA_VERSION = 1;
const NO_CONTROLLER = -1;
/** It asks for no topic, so the answer is small. */
const NO_TOPICS: Buffer = int32(0);

/** @throws Error where the broker does not answer in time, or with something else than metadata */
export async function readKafkaMetadata(port: number, timeoutMs: number): Promise<KafkaMetadata> {
  const request = { apiKey: METADATA, apiVersion: METADATA_VERSION, body: NO_TOPICS };
  return metadataOf(await askKafka({ port, timeoutMs, ...request }));
}

function metadataOf(answer: Buffer): KafkaMetadata {
  let at = 0;
  const take = (count: number): number => (at += count) - count;
  const readText = (): void => void take(Math.max(0, answer.readInt16BE(take(2))));
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
