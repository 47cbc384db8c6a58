/** All external things that the writer and the reader use. */
import type { Cache } from "./cache.ts";
import type { CacheEpochAccess } from "./cache-epoch-access.ts";
import type { CopyReading } from "./copies.ts";
import type { Clock, NextId, Random } from "./clock.ts";
import type { EmitEvent } from "./events.ts";
import type { Store } from "./store.ts";

export interface CorePorts {
  readonly store: Store;
  readonly cache: Cache;
  readonly cacheEpoch: CacheEpochAccess;
  readonly copies: CopyReading;
  readonly clock: Clock;
  readonly random: Random;
  readonly nextId: NextId;
  readonly emit: EmitEvent;
}
