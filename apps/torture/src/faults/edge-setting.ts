/** The parts of a run that a fault at the edges uses. */
import type { S3Client } from "@aws-sdk/client-s3";
import type { Platform } from "@trilane/lane-kit";
import type { Kafka } from "kafkajs";
import type { TortureProcesses } from "../torture-processes.ts";
import type { TortureServers } from "../torture-servers.ts";

/** The parts that a fault at the edges may use; the servers are reached without a proxy. */
export interface EdgeSetting {
  readonly servers: TortureServers;
  readonly processes: TortureProcesses;
  /** The conductor's own platform, whose reader shows the outcome of a record. */
  readonly platform: Platform;
  readonly s3: S3Client;
  readonly kafka: Kafka;
  /** The name of the run, which its table, topic, queue and bucket have too. */
  readonly run: string;
  readonly say: (line: string) => void;
}
