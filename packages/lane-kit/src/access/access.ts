/**
 * Tells which client presents a token: by the access file, or by a single token
 * of a setting, whose client has the name "default".
 */
import { hash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "@trilane/write-through";
import { SettingsError } from "../settings/settings-error.ts";
import { type ChangeLog, followFile, type ParsedFile } from "./followed-file.ts";
import { parseAccess } from "./parse-access.ts";
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
const BLINDING_KEY = randomBytes(32);

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
  const clients = followFile({ ...ports, variable: FILE_VARIABLE, path, parse: parseClients });
  return {
    identify(token) {
      if (token.length < TOKEN_CHARACTERS_MIN) return null;
      return clients().byToken.get(blinded(tokenDigest(token))) ?? null;
    },
    named: (name) => clients().byName.get(name) ?? null,
  };
}

function accessOfToken(token: () => string, verbs: readonly Verb[]): Access {
  const client = clientOfEveryGroup(DEFAULT_CLIENT, verbs);
  return {
    identify: (presented) => (timingSafeEqual(tokenDigest(presented), tokenDigest(token())) ? client : null),
    named: (name) => (name === DEFAULT_CLIENT ? client : null),
  };
}

interface Clients {
  readonly byToken: ReadonlyMap<string, Client>;
  readonly byName: ReadonlyMap<string, Client>;
}

function parseClients(text: string): ParsedFile<Clients> {
  const parsed = parseAccess(text);
  if (parsed.kind === "refused") return parsed;
  const tokens = parsed.value.flatMap(({ client, digests }) =>
    digests.map((digest) => [blinded(digest), client] as const),
  );
  const names = parsed.value.map(({ client }) => [client.name, client] as const);
  return { kind: "parsed", value: { byToken: new Map(tokens), byName: new Map(names) } };
}

/**
 * Digests are looked up under a secret of this process. So the time of a look-up tells nothing about a digest, and it
 * does not grow with the number of clients.
 */
function blinded(digest: Buffer): string {
  return hash("sha256", Buffer.concat([BLINDING_KEY, digest]), "base64");
}
