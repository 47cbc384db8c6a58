/** The parts that every lane shares. */
export * from "./access/index.ts";
export {
  type CacheClient,
  cachePrefixOf,
  connectCacheClient,
  connectedProcesses,
  createCache,
  createCacheClient,
} from "./cache-client.ts";
export { cacheNameOf } from "./cache-name.ts";
export { sweepOnce } from "./cache-sweeper.ts";
export { confirmedNowMs } from "./confirmed-now.ts";
export { checkRegion, createDynamoDb, createS3 } from "./clients.ts";
export { type DeadLetter, deadLettersOf } from "./dead-letter.ts";
export {
  type EraseMode,
  eraseSubjects,
  type EraseSubjects,
  sweepOptionsOf,
  untilUsOf,
} from "./erasures/erase-subjects.ts";
export { eraseModeOf, eraseRequest } from "./erasures/erase-request.ts";
export { personalGroups } from "./erasures/personal-groups.ts";
export { startEraseServer } from "./erasures/erase-server.ts";
export { type ErasureReport, erasureReport, reportedErasure } from "./erasures/erasure-report.ts";
export { type SubjectRecord, subjectRecords } from "./erasures/subject-records.ts";
export { type ErasureRound, erasureRound, ErasureWorker, readOpenErasures } from "./erasures/erasure-worker.ts";
export { changeSubjectKey, finishSubjectKey } from "./erasures/change-subject-key.ts";
export { restoreErasures } from "./erasures/restore-erasures.ts";
export { awsProblemOf } from "./aws-refusal.ts";
export { causesOf } from "./error-causes.ts";
export { errorFields, shownMessage, withoutArguments } from "./error-fields.ts";
export { EXIT, exitCodeOf, exitCodesText } from "./exit-codes.ts";
export { exitSoon } from "./exit-soon.ts";
export { type HealthServer, startHealthServer } from "./health-server.ts";
export { Lifecycle } from "./lifecycle.ts";
export { createLogger } from "./logger.ts";
export { Metrics } from "./metrics.ts";
export { openSubjectDigests } from "./open-subject-digests.ts";
export { type OptionDeclaration, type OptionDeclarations, optionsText, readOptions, wholeNumber } from "./options.ts";
export { openPlatform, type Platform, type PlatformOptions } from "./platform.ts";
export { type LaneProgram, type LaneRun, runLane, runLaneProgram } from "./run-lane.ts";
export { PUT_FILE_BYTES_MAX, putFile, type PutFileOptions } from "./put-file.ts";
export { type ProcessContext, runProcess } from "./run-process.ts";
export { sentinelOptions } from "./sentinel-options.ts";
export { withAccess } from "./redis-access.ts";
export { redisProblemOf, redisRefusalOf } from "./redis-refusal.ts";
export { offersTls, tlsFaultOf } from "./tls-faults.ts";
export * from "./rights/index.ts";
export { refuseUnknownSettings, SETTING_NAMES } from "./settings/setting-names.ts";
export type { KafkaLogin, KafkaSecurity } from "./settings/kafka-security.ts";
export { loadSettings, type QueueAccess, type ServerAccess, type Settings } from "./settings/load-settings.ts";
export { shownAddress } from "./shown-address.ts";
export { SettingsError } from "./settings/settings-error.ts";
export { settingEntries, SETTINGS } from "./settings/declarations.ts";
export { settingsPage } from "./settings/settings-page.ts";
export {
  decidingFailure,
  endsLane,
  outageRetry,
  type RetryPolicy,
  retryDefaults,
  type SettleOptions,
  type SettlePorts,
  writeUntilSettled,
} from "./write-until-settled.ts";
export { isSettledWithin, settled, within } from "./within.ts";
