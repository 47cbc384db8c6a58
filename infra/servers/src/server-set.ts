/**
 * The values that pass between `startServers` and its two runtimes, native
 * processes and containers.
 */
import type { AwsCredentials, Runtime } from "./config.ts";
import type { Progress } from "./progress.ts";
import type { RedisEngine, ServerName } from "./server-names.ts";

/** One server of a set, for people and for the state file. */
export interface ServerDescription {
  readonly name: ServerName;
  readonly engine: string;
  readonly version: string;
  readonly address: string;
  /** `undefined` for a container and for a given address. */
  readonly pid: number | undefined;
  readonly how: "environment" | Runtime;
}

/** The servers that one of the two runtimes has started. */
export interface StartedServers {
  readonly servers: readonly ServerDescription[];
  stop(): Promise<void>;
}

/** The request to either runtime. */
export interface StartRequest {
  readonly names: readonly ServerName[];
  readonly cacheEngine: RedisEngine | undefined;
  readonly cacheMaxmemory: string;
  readonly credentials: AwsCredentials;
  readonly progress: Progress;
}
