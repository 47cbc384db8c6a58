/**
 * The real servers that Trilane runs on: as a set, or one at a time.
 */
export { createCertificates } from "./certificates.ts";
export type { CertificateFiles, Certificates } from "./certificates.ts";
export { localCredentials } from "./config.ts";
export type { AwsCredentials, Environment, Runtime } from "./config.ts";
export { detachedStatus, downDetached, upDetached } from "./detached-servers.ts";
export type { DetachedOptions, DetachedState, DetachedStatus } from "./detached-servers.ts";
export { startDynamoDb } from "./dynamodb-server.ts";
export { ServersError } from "./errors.ts";
export type { ServersErrorCode } from "./errors.ts";
export { faketimeEnvironment, fetchFaketime } from "./fetch-faketime.ts";
export type { FetchedFaketime } from "./fetch-faketime.ts";
export { fetchServers } from "./fetch-servers.ts";
export type { FetchedServers, FetchOptions } from "./fetch-servers.ts";
export { freePort } from "./free-port.ts";
export { startKafka } from "./kafka-server.ts";
export type { StartKafkaOptions } from "./kafka-server.ts";
export type { SecuredListeners } from "./kafka-security.ts";
export type { ServerHandle, StartOptions } from "./native-server.ts";
export { listenersOf } from "./process-table.ts";
export type { Listener } from "./process-table.ts";
export { createProgress, silentProgress } from "./progress.ts";
export type { Progress } from "./progress.ts";
export { startRedisCluster } from "./redis-cluster.ts";
export type { RedisClusterHandle, StartRedisClusterOptions } from "./redis-cluster.ts";
export { cacheConfig, queueConfig, startRedis } from "./redis-server.ts";
export type { RedisConfig, StartRedisOptions } from "./redis-server.ts";
export { startS3 } from "./s3-server.ts";
export type { StartS3Options } from "./s3-server.ts";
export { startSentinel } from "./sentinel-server.ts";
export type { StartSentinelOptions } from "./sentinel-server.ts";
export { addressVariables, serverNames } from "./server-names.ts";
export type { RedisEngine, ServerName } from "./server-names.ts";
export type { ServerDescription } from "./server-set.ts";
export { startServers } from "./start-servers.ts";
export type { RunningServers, StartServersOptions } from "./start-servers.ts";
