/**
 * Joins several sources of different topics into one, for a process with
 * several consumer groups.
 */
import { StreamError } from "./errors.ts";
import type { PartitionId, PartitionLag, SliceHandlers, StreamSource } from "./stream-source.ts";

export interface TopicSource {
  readonly topics: readonly string[];
  readonly source: StreamSource;
}

export class MergedSource implements StreamSource {
  readonly #sources: readonly StreamSource[];
  readonly #byTopic: ReadonlyMap<string, StreamSource>;

  constructor(parts: readonly TopicSource[]) {
    this.#sources = parts.map(({ source }) => source);
    this.#byTopic = new Map(parts.flatMap(({ topics, source }) => topics.map((topic) => [topic, source] as const)));
  }

  async start(handlers: SliceHandlers): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.start(handlers)));
  }

  pause(partition: PartitionId, fromOffset?: bigint): void {
    this.#sourceOf(partition).pause(partition, fromOffset);
  }

  resume(partition: PartitionId): void {
    this.#sourceOf(partition).resume(partition);
  }

  /** Null until all have joined. */
  assignment(): readonly PartitionId[] | null {
    const all = this.#sources.map((source) => source.assignment());
    return all.includes(null) ? null : all.flatMap((own) => own ?? []);
  }

  async lag(): Promise<readonly PartitionLag[]> {
    const lags = await Promise.all(this.#sources.map((source) => source.lag()));
    return lags.flat();
  }

  async stop(): Promise<void> {
    await settleAll(this.#sources.map((source) => source.stop()));
  }

  async close(): Promise<void> {
    await settleAll(this.#sources.map((source) => source.close()));
  }

  #sourceOf({ topic }: PartitionId): StreamSource {
    const source = this.#byTopic.get(topic);
    if (source === undefined) throw new StreamError("TOPIC_MISSING", `no source reads the topic "${topic}"`);
    return source;
  }
}

/** Waits for the end of all before it reports the first failure. */
async function settleAll(steps: readonly Promise<void>[]): Promise<void> {
  const outcomes = await Promise.allSettled(steps);
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
