/**
 * One sentinel on the loopback interface, for tests. It watches a primary and
 * names another when that one is gone. A single sentinel does not protect
 * against its own death, but shows what its clients do.
 */
import type { ServerHandle } from "./native-server.ts";
import { startRedis } from "./redis-server.ts";
import type { RedisEngine } from "./server-names.ts";

export interface StartSentinelOptions {
  readonly engine?: RedisEngine;
  /** The name by which clients ask for the primary. */
  readonly primaryName: string;
  readonly primaryPort: number;
  /** Milliseconds without an answer after which the primary counts as gone; default 500. */
  readonly downAfterMs?: number;
  /** Clients must give it to the sentinel. */
  readonly password?: string;
}

const downAfterMsDefault = 500;
const failoverTimeoutMs = 2_000;
/** Sentinels that must agree that the primary is gone. */
const quorum = 1;

/** @throws ServersError as {@link startRedis} */
export async function startSentinel(options: StartSentinelOptions): Promise<ServerHandle> {
  const { engine, primaryName, primaryPort, downAfterMs = downAfterMsDefault, password } = options;
  return await startRedis({
    ...(engine === undefined ? {} : { engine }),
    name: "sentinel",
    isSentinel: true,
    config: {
      ...(password === undefined ? {} : { requirepass: password }),
      sentinel: [
        `monitor ${primaryName} 127.0.0.1 ${primaryPort} ${quorum}`,
        `down-after-milliseconds ${primaryName} ${downAfterMs}`,
        `failover-timeout ${primaryName} ${failoverTimeoutMs}`,
      ],
    },
  });
}
