/** The object store and the store of checkpoints of a load, with the clients of both. */
import type { S3Client } from "@aws-sdk/client-s3";
import { createDynamoDb, createS3, type Platform } from "@trilane/lane-kit";
import { LoadEngine } from "../engine/load-engine.ts";
import type { LoadLimits } from "../limits.ts";
import { letterPlaceOf, type ObjectPrefix } from "../letter-place.ts";
import type { CheckpointStore } from "./checkpoint-store.ts";
import { DynamoCheckpointStore } from "./dynamodb/dynamo-checkpoint-store.ts";

export interface LoadStores {
  readonly s3: S3Client;
  /** The store of one load, whose calls are repeated until the signal fires. */
  checkpoints(attempts: { readonly attemptsMax: number; readonly signal?: AbortSignal | undefined }): CheckpointStore;
  /** The engine that reduces large loads; null: every load goes row by row. */
  readonly engine: LoadEngine | null;
  /** The most records that a load writes in a second; null: no maximum. */
  readonly writesPerSecond: number | null;
  /** The bounds that the settings name. */
  readonly limits?: Partial<LoadLimits>;
  /** Where dead letters are written; null: in the bucket of each load's source. */
  readonly letterPlace: ObjectPrefix | null;
  /** Closes the clients. */
  close(): void;
}

/** The engine gets a third of a core that another program wants as well, and all of one that is free. */
const ENGINE_PRIORITY = 5;

/** The clients connect when they are first used. */
export function openLoadStores({
  settings,
  clock,
  random,
}: Pick<Platform, "settings" | "clock" | "random">): LoadStores {
  const s3 = createS3(settings);
  const dynamodb = createDynamoDb(settings);
  const { table, loads } = settings;
  const { engineMemoryBytes: memoryBytes, engineThreads: threads, engineFolder: folder } = loads;
  return {
    s3,
    engine: loads.engine === "off" ? null : new LoadEngine({ memoryBytes, threads, folder, priority: ENGINE_PRIORITY }),
    writesPerSecond: loads.writesPerSecond,
    limits: loads.limits,
    letterPlace: letterPlaceOf(settings),
    checkpoints: (attempts) => new DynamoCheckpointStore({ dynamodb, table, clock, random, ...attempts }),
    close() {
      s3.destroy();
      dynamodb.destroy();
    },
  };
}
