export { AWS_RIGHTS, type AwsPlace, awsActionsOf, awsPolicyOf } from "./aws-rights.ts";
export { KAFKA_RIGHTS, kafkaAclsOf, type KafkaAcl, type KafkaNames } from "./kafka-rights.ts";
export {
  CACHE_RIGHTS,
  QUEUE_RIGHTS,
  redisCommandsOf,
  redisKeyFor,
  redisRulesOf,
  type RedisServer,
} from "./redis-rights.ts";
export { refusedRedisCommands } from "./try-redis-rights.ts";
export { PROGRAMS_WITH_RIGHTS, type ProgramWithRights } from "./rights.ts";
export { grantText, RIGHTS_FORMS, type RightsForm, rightsPage } from "./rights-page.ts";
