/** Who may do what: clients with tokens, keys and rights. */
export { type Access, openAccess, openAccessFile } from "./access.ts";
export { openAccessLog, REQUEST_ID_HEADER, requestIds, type WriteAccess, writeAccessTo } from "./access-log.ts";
export { type JobKeys, makeJobKey, openJobKeys, parseJobKeys } from "./job-keys.ts";
export {
  type Client,
  clientOfEveryGroup,
  EVERY_GROUP,
  isAllowed,
  refusalOf,
  refusedGroups,
  type Verb,
} from "./rights-of-clients.ts";
export { type ClientWithTokens, parseAccess } from "./parse-access.ts";
export { makeToken, tokenDigest } from "./tokens.ts";
