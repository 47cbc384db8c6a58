/** Who may do what: clients with tokens, keys and rights. */
export { type Access, openAccess } from "./access.ts";
export { openAccessLog, REQUEST_ID_HEADER, requestIds, type WriteAccess, writeAccessTo } from "./access-log.ts";
export { type Client, clientOfEveryGroup, isAllowed, refusalOf, refusedGroups } from "./rights-of-clients.ts";
export { makeToken, tokenDigest } from "./tokens.ts";
