/**
 * The five servers and the environment variables that carry their addresses. An
 * address that is set in the environment is used as it is. The same variables
 * pass the addresses of started servers on.
 */

export const serverNames = ["kafka", "dynamodb", "s3", "cache", "queue"] as const;

export type ServerName = (typeof serverNames)[number];

/** The engine behind the cache and the queue. */
export type RedisEngine = "valkey" | "redis";

export const addressVariables: Readonly<Record<ServerName, string>> = {
  /** `host:port`, or several separated by commas. */
  kafka: "TRILANE_KAFKA_BROKERS",
  /** `http://host:port` */
  dynamodb: "TRILANE_DYNAMODB_ENDPOINT",
  /** `http://host:port`, path-style addressing. */
  s3: "TRILANE_S3_ENDPOINT",
  /** `redis://host:port` */
  cache: "TRILANE_CACHE_URL",
  /** `redis://host:port` */
  queue: "TRILANE_QUEUE_URL",
};

/** The address of a server on this machine, in the form its variable takes. */
export function addressOf(name: ServerName, port: number): string {
  switch (name) {
    case "kafka":
      return `127.0.0.1:${port}`;
    case "dynamodb":
    case "s3":
      return `http://127.0.0.1:${port}`;
    case "cache":
    case "queue":
      return `redis://127.0.0.1:${port}`;
  }
}
