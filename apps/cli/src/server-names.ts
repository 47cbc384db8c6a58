/** The five servers, by the environment variables that carry their addresses. */
export const ADDRESS_VARIABLES = {
  kafka: "TRILANE_KAFKA_BROKERS",
  dynamodb: "TRILANE_DYNAMODB_ENDPOINT",
  s3: "TRILANE_S3_ENDPOINT",
  cache: "TRILANE_CACHE_URL",
  queue: "TRILANE_QUEUE_URL",
} as const;

export type ServerName = keyof typeof ADDRESS_VARIABLES;

export const SERVER_NAMES = Object.keys(ADDRESS_VARIABLES) as readonly ServerName[];
