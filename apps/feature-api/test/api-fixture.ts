/** The API over the core on memory adapters, with a clock and a store that can be told to fail. */
import {
  createFeatureReader,
  createFeatureWriter,
  days,
  defineConfig,
  defineGroup,
  type FeatureConfig,
  type FeatureReader,
  type FeatureWriter,
  integer,
  years,
} from "@trilane/feature-groups";
import { createLogger } from "@trilane/lane-kit";
import {
  type Clock,
  CoreError,
  createNextId,
  plainCopies,
  type ErrorCode,
  Reader,
  CacheEpochKeeper,
  cacheEpochOptionsDefaults,
  type Store,
  systemClock,
  systemRandom,
  Writer,
} from "@trilane/write-through";
import { MemoryCache, MemoryStore } from "@trilane/write-through/testing";
import type { FastifyInstance } from "fastify";
import * as z from "zod";
import { type ApiOptions, createApi } from "../src/index.ts";

const groups = defineConfig({
  groups: {
    routes: defineGroup({
      key: ["origin", "destination"],
      eventTime: { field: "date", unit: "timestamp" },
      schema: z.object({ delay: integer(), distance: z.number() }),
      ttlMs: years(100),
    }),
    hubs: defineGroup({
      key: ["origin"],
      eventTime: { field: "at", unit: "ms" },
      schema: z.object({
        counter: z.union([z.int(), z.bigint()]),
        seen: z.date().optional(),
        bytes: z.instanceof(Uint8Array).optional(),
        nested: z.array(z.object({ big: z.bigint() })).optional(),
      }),
      ttlMs: days(1),
    }),
  },
});

const config: FeatureConfig = groups;

/** 2001-07-01T00:00:00Z. */
export const NOW_MS = 993_945_600_000;
export const FLIGHT = {
  origin: "SEA",
  destination: "SFO",
  date: "2001-06-30T23:59:59.123456Z",
  delay: -3,
  distance: 679,
};

export interface ApiFixture {
  readonly api: FastifyInstance;
  readonly writer: FeatureWriter;
  readonly cache: MemoryCache;
  /** The error with which the store answers the next reads. */
  storeFails: ErrorCode | null;
  nowMs: number;
}

/** `around` may stand before the reader. */
export async function openApi(
  options: Partial<ApiOptions> = {},
  around: (reader: FeatureReader) => FeatureReader = (reader) => reader,
): Promise<ApiFixture> {
  const present: Pick<ApiFixture, "storeFails" | "nowMs"> = { storeFails: null, nowMs: NOW_MS };
  const clock: Clock = { ...systemClock, nowMs: () => present.nowMs, monotonicMs: () => present.nowMs };
  const memory = new MemoryStore(clock);
  const cache = new MemoryCache(clock);
  const store: Store = {
    put: (puts) => memory.put(puts),
    read(keys) {
      const code = present.storeFails;
      if (code === null) return memory.read(keys);
      return Promise.resolve(keys.map(() => ({ kind: "failed", error: new CoreError(code, "told to fail") })));
    },
  };
  const emit = (): void => undefined;
  const cacheEpoch = await CacheEpochKeeper.open(
    { cacheEpochs: memory, cache, clock, emit },
    cacheEpochOptionsDefaults,
  );
  const ports = {
    store,
    cache,
    clock,
    random: systemRandom,
    copies: plainCopies,
    nextId: createNextId(),
    emit,
    cacheEpoch,
  };
  const reader = around(createFeatureReader(config, new Reader(ports)));
  const writer = createFeatureWriter(config, new Writer(ports));
  const settings = { host: "127.0.0.1" };
  const logger = createLogger("test", "silent");
  const api = createApi({ config, reader, clock, settings, logger, ...options });
  api.addHook("onClose", () => cacheEpoch.close());
  return Object.assign(present, { api, writer, cache });
}
