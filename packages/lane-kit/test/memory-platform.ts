/** The parts of a platform over the memory adapters, as far as erasures need them. Sleeping moves the clock. */
import {
  createFeatureReader,
  createFeatureWriter,
  createGroupCopies,
  days,
  defineConfig,
  defineGroup,
  type FeatureConfig,
} from "@trilane/feature-groups";
import {
  CacheEpochKeeper,
  cacheEpochOptionsDefaults,
  type Clock,
  createNextId,
  type ErasureEntry,
  Reader,
  Writer,
} from "@trilane/write-through";
import { MemoryCache, MemoryStore, VirtualClock } from "@trilane/write-through/testing";
import { pino } from "pino";
import * as z from "zod";
import { loadSettings, Metrics, openSubjectDigests, type Platform } from "../src/index.ts";

export const visits = defineGroup({
  key: ["visit"],
  eventTime: { field: "at", unit: "ms" },
  subject: "person",
  schema: z.object({ page: z.string() }),
  ttlMs: days(30),
});
export const visitsConfig: FeatureConfig = defineConfig({ groups: { visits } });

export interface Servers {
  readonly clock: VirtualClock;
  readonly store: MemoryStore;
  readonly cache: MemoryCache;
}

export function memoryServers(): Servers {
  const clock = new VirtualClock();
  return { clock, store: new MemoryStore(clock), cache: new MemoryCache(clock) };
}

export interface MemoryPlatformOptions {
  readonly config?: FeatureConfig;
  readonly environment?: Readonly<Record<string, string>>;
  /** Takes the place of the second place of erasures. */
  readonly keepElsewhere?: (entries: readonly ErasureEntry[]) => Promise<void>;
}

export type MemoryPlatform = Pick<
  Platform,
  | "settings"
  | "config"
  | "logger"
  | "clock"
  | "random"
  | "writer"
  | "reader"
  | "coreWriter"
  | "coreReader"
  | "metrics"
  | "cacheEpoch"
  | "subjects"
  | "erasing"
>;

const ADDRESSES = {
  TRILANE_TABLE: "memory",
  TRILANE_CACHE_URL: "redis://localhost:1",
  TRILANE_DYNAMODB_ENDPOINT: "http://localhost:1",
};

/** @throws CoreError as a process that starts */
export async function openMemoryPlatform(
  { clock: virtual, store, cache }: Servers,
  { config = visitsConfig, environment = {}, keepElsewhere }: MemoryPlatformOptions = {},
): Promise<MemoryPlatform> {
  const settings = loadSettings({ ...ADDRESSES, ...environment });
  const subjects = openSubjectDigests(settings, (...record) => coreWriter.isErased(...record));
  const clock: Clock = {
    nowMs: () => virtual.nowMs(),
    monotonicMs: () => virtual.monotonicMs(),
    schedule: (ms, run) => virtual.schedule(ms, run),
    sleep: (ms) => Promise.resolve(virtual.advance(ms)),
  };
  const { fingerprint: subjectKey, formerFingerprint: formerSubjectKey } = subjects;
  const cacheEpoch = await CacheEpochKeeper.open(
    { cacheEpochs: store, cache, clock: virtual, emit: () => undefined, erasures: store },
    { ...cacheEpochOptionsDefaults, subjectKey, formerSubjectKey },
  );
  await store.claimSubjectKey(subjectKey, formerSubjectKey, clock.nowMs());
  const copies = createGroupCopies(config);
  const random = (): number => 0.5;
  const emit = (): void => undefined;
  const ports = { store, cache, copies, clock, random, nextId: createNextId(), emit, cacheEpoch };
  const coreWriter = new Writer(ports);
  const coreReader = new Reader(ports);
  return {
    settings,
    config,
    logger: pino({ enabled: false }),
    clock,
    random,
    writer: createFeatureWriter(config, coreWriter, subjects),
    reader: createFeatureReader(config, coreReader, { digests: subjects }),
    coreWriter,
    coreReader,
    metrics: new Metrics(),
    cacheEpoch,
    subjects,
    erasing: {
      ...ports,
      erasures: store,
      writer: coreWriter,
      ...(keepElsewhere === undefined ? {} : { keepElsewhere }),
    },
  };
}
