/** Who may do what: clients with tokens, keys and rights. */
export { type Access, openAccess, openAccessFile } from "./access.ts";
export { openAccessLog, REQUEST_ID_HEADER, requestIds, type WriteAccess, writeAccessTo } from "./access-log.ts";
export { type JobKeys, makeJobKey, openJobKeys } from "./job-keys.ts";
export {
  type Client,
  clientOfEveryGroup,
  isAllowed,
  refusalOf,
  refusedGroups,
  type Verb,
} from "./rights-of-clients.ts";
export { makeToken, tokenDigest } from "./tokens.ts";
