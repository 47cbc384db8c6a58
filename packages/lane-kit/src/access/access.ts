/**
 * Tells which client presents a token: by the access file, or by a single token
 * of a setting, whose client has the name "default".
 */
import { timingSafeEqual } from "node:crypto";
import type { Clock } from "@trilane/write-through";
import { SettingsError } from "../settings/settings-error.ts";
import { type ChangeLog, followFile } from "./followed-file.ts";
import { type ClientWithTokens, parseAccess } from "./parse-access.ts";
import { type Client, clientOfEveryGroup, type Verb } from "./rights-of-clients.ts";
import { TOKEN_CHARACTERS_MIN, tokenDigest } from "./tokens.ts";

export interface Access {
  /** Null for a token of nobody. */
  identify(token: string): Client | null;
  /** Null where there is no client of this name. */
  named(name: string): Client | null;
}

/** The setting of one token, and the verbs of its client. */
export interface SingleToken {
  readonly variable: string;
  /** Returns the present token; absent where the setting is not set. */
  readonly token?: (() => string) | undefined;
  readonly verbs: readonly Verb[];
}

export interface AccessPorts {
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly logger: ChangeLog;
}

const FILE_VARIABLE = "TRILANE_ACCESS_FILE";
const DEFAULT_CLIENT = "default";

/**
 * Null where neither the file nor the token is set.
 * @throws SettingsError where both are set, or the file is wrong
 */
export function openAccess(path: string | undefined, single: SingleToken, ports: AccessPorts): Access | null {
  const { variable, token, verbs } = single;
  if (path === undefined) return token === undefined ? null : accessOfToken(token, verbs);
  if (token === undefined) return openAccessFile(path, ports);
  const remedy = `unset one of the two: a token can be moved into the file by its SHA-256 digest`;
  throw new SettingsError(variable, `${FILE_VARIABLE} is set as well; ${remedy}`);
}

/** @throws SettingsError */
export function openAccessFile(path: string, ports: AccessPorts): Access {
  const clients = followFile({ ...ports, variable: FILE_VARIABLE, path, parse: parseAccess });
  return {
    identify: (token) => (token.length < TOKEN_CHARACTERS_MIN ? null : ownerOf(clients(), token)),
    named: (name) => clients().find(({ client }) => client.name === name)?.client ?? null,
  };
}

function accessOfToken(token: () => string, verbs: readonly Verb[]): Access {
  const client = clientOfEveryGroup(DEFAULT_CLIENT, verbs);
  return {
    identify: (presented) => ownerOf([{ client, digests: [tokenDigest(token())] }], presented),
    named: (name) => (name === DEFAULT_CLIENT ? client : null),
  };
}

/** Every digest is compared, so that the time does not tell where the right one stands. */
function ownerOf(clients: readonly ClientWithTokens[], token: string): Client | null {
  const presented = tokenDigest(token);
  let owner: Client | null = null;
  for (const { client, digests } of clients) {
    for (const digest of digests) if (timingSafeEqual(digest, presented)) owner = client;
  }
  return owner;
}
