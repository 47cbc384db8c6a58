/** This core as a lane and a service use it: the real writer and the real reader. */
import {
  createNextId,
  plainCopies,
  NO_VERSION,
  Reader,
  CacheEpochKeeper,
  cacheEpochOptionsDefaults,
  systemClock,
  systemRandom,
  Writer,
  type CorePorts,
} from "@trilane/write-through";
import { DynamoCacheEpoch, DynamoStore } from "@trilane/write-through/dynamodb";
import { ValkeyCache } from "@trilane/write-through/valkey";
import type { Approach, ApproachPorts } from "./approach.ts";

/** A moment after the end of any run. */
const EXPIRES_AT_MS = Date.UTC(2090, 0, 1);

export const thisCore: Approach = {
  name: "this core",
  summary: "fence, put, publish; reads take a lease before they fill",
  async open(parts) {
    const { keeper, ...ports } = await openPorts(parts);
    const writer = new Writer(ports);
    const reader = new Reader(ports);
    return {
      async write({ key, version, payload }) {
        const record = { key, version, payload: Buffer.from(payload), expiresAtMs: EXPIRES_AT_MS } as const;
        const [receipt] = await writer.write([{ ...record, populate: "always" }], { lane: "stream" });
        if (receipt?.status === "failed") throw receipt.error;
      },
      async read(key) {
        const result = await reader.readOne(key);
        if (result.kind === "failed") throw result.error;
        return result.version === NO_VERSION ? null : result.version;
      },
      close: () => keeper.close(),
    };
  },
};

async function openPorts({
  store: client,
  cache: redis,
  table,
  prefix,
}: ApproachPorts): Promise<CorePorts & { readonly keeper: CacheEpochKeeper }> {
  const cache = new ValkeyCache(redis, systemClock, { prefix });
  const store = new DynamoStore(client, { table });
  const cacheEpochs = new DynamoCacheEpoch(client, { table });
  const emit = (): void => undefined;
  const nextId = createNextId();
  const options = { ...cacheEpochOptionsDefaults, process: `comparison-${process.pid}-${nextId()}` };
  const keeper = await CacheEpochKeeper.open({ cacheEpochs, cache, clock: systemClock, emit }, options);
  return {
    store,
    cache,
    clock: systemClock,
    random: systemRandom,
    copies: plainCopies,
    nextId,
    emit,
    cacheEpoch: keeper,
    keeper,
  };
}
