/** One way to keep a cache before a store. All are given the same clients, the same conditional put and the same reads. */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Version } from "@trilane/write-through";
import type { Redis } from "ioredis";

/** What every approach is given. */
export interface ApproachPorts {
  readonly store: DynamoDBClient;
  readonly cache: Redis;
  readonly table: string;
  /** Before every key in the cache. */
  readonly prefix: string;
}

export interface ComparedRecord {
  readonly key: string;
  readonly version: Version;
  readonly payload: string;
}

/** An approach with its connections open. */
export interface OpenApproach {
  /** Rejects where the write is not acknowledged: it may or may not be stored, and is sent again. */
  write(record: ComparedRecord): Promise<void>;
  /** The version that is read, null for none; rejects where there is no answer. */
  read(key: string): Promise<Version | null>;
  /** Ends what goes on in the background; absent where nothing does. */
  readonly close?: () => Promise<void>;
}

export interface Approach {
  readonly name: string;
  /** What it does, in a line. */
  readonly summary: string;
  readonly open: (parts: ApproachPorts) => Promise<OpenApproach>;
}
