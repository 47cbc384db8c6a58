/**
 * One way to keep a cache before a store. All approaches get the same clients,
 * the same conditional put and the same reads.
 */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Version } from "@trilane/write-through";
import type { Redis } from "ioredis";

/** The connections and names that every approach gets. */
export interface ApproachPorts {
  readonly store: DynamoDBClient;
  readonly cache: Redis;
  readonly table: string;
  /** The text before every key in the cache. */
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
  /** The version that was read, null for none. Rejects where there is no answer. */
  read(key: string): Promise<Version | null>;
  /** Ends the work in the background; absent where there is none. */
  readonly close?: () => Promise<void>;
}

export interface Approach {
  readonly name: string;
  /** A description in one line. */
  readonly summary: string;
  readonly open: (parts: ApproachPorts) => Promise<OpenApproach>;
}
