/** The processes of a run as clients, and the servers that each speaks with. */
export type ServerName = "kafka" | "dynamodb" | "s3" | "cache" | "queue";
export type ClientName = "stream" | "batch" | "worker" | "reader" | "api" | "conductor";

/** Says which client speaks with which server. */
export const LINKS: Readonly<Record<ClientName, readonly ServerName[]>> = {
  stream: ["cache", "dynamodb", "kafka"],
  batch: ["cache", "dynamodb", "s3"],
  worker: ["cache", "dynamodb", "queue"],
  reader: ["cache", "dynamodb"],
  api: ["cache", "dynamodb"],
  // The conductor reads the end state; it reaches the store, the broker and the queue directly.
  conductor: ["cache"],
};
