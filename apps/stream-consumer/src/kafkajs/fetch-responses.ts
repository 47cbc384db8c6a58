/**
 * Puts `committed-records.ts` between kafkajs's decoding of a fetch response
 * and everything that reads it. The decoders are objects of the module, one
 * for each version of the request, so this is once per process and for all its
 * clients, as the codecs are; nothing of the installed package is changed.
 */
import { createRequire } from "node:module";
import { partitionName } from "../stream-source.ts";
import { batchEndsOf, FETCH_VERSIONS, type FetchVersion } from "./batch-ends.ts";
import { type AbortedTransaction, type FetchedRecord, hideAborted, withEnd } from "./committed-records.ts";

export interface FetchedPartition {
  readonly partition: number;
  readonly abortedTransactions: readonly AbortedTransaction[] | null;
  readonly messages: readonly FetchedRecord[];
}

export interface FetchResponse {
  readonly responses: readonly { readonly topicName: string; readonly partitions: readonly FetchedPartition[] }[];
}

/** What kafkajs keeps for each version. */
export interface FetchDecoder {
  decode(bytes: Buffer): Promise<FetchResponse>;
}

const requireOf = createRequire(import.meta.url);
let isInstalled = false;

/** Calling it again changes nothing. */
export function correctFetchResponses(): void {
  if (isInstalled) return;
  isInstalled = true;
  // All are loaded before the first is changed: some take the function of another.
  const decoders = FETCH_VERSIONS.map((version) => ({ version, decoder: decoderOf(version) }));
  for (const { version, decoder, decode } of decoders.map((own) => ({ ...own, decode: own.decoder.decode }))) {
    decoder.decode = async (bytes) => corrected(await decode(bytes), bytes, version);
  }
}

function decoderOf(version: FetchVersion): FetchDecoder {
  return requireOf(`kafkajs/src/protocol/requests/fetch/v${version}/response`) as FetchDecoder;
}

function corrected(response: FetchResponse, bytes: Buffer, version: FetchVersion): FetchResponse {
  const ends = batchEndsOf(bytes, version);
  const responses = response.responses.map(({ topicName, partitions }) => ({
    topicName,
    partitions: partitions.map((own) => {
      const { partition, messages, abortedTransactions } = own;
      const end = ends.get(partitionName({ topic: topicName, partition })) ?? null;
      // Without the list kafkajs hides nothing by itself.
      return { ...own, abortedTransactions: [], messages: withEnd(hideAborted(messages, abortedTransactions), end) };
    }),
  }));
  return { ...response, responses };
}
