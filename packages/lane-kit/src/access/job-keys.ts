/**
 * The keys with which clients sign jobs. Who checks a signature needs the key
 * itself, so these keys lie in a file of their own, which is a secret, and not in
 * the access file.
 */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { clientName } from "../settings/setting-values.ts";
import type { AccessPorts } from "./access.ts";
import { followFile, type ParsedFile } from "./followed-file.ts";
import { asJson, CLIENTS_MAX } from "./parse-access.ts";
import { placeText } from "./place-text.ts";

/** The keys of a client by its name, none for a name that is not there. */
export type JobKeys = (client: string) => readonly string[];

const KEY_BYTES = 32;
const KEY_CHARACTERS_MIN = 32;
const KEY_CHARACTERS_MAX = 512;
/** While a key is renewed, both count. */
const KEYS_MAX = 2;

const EXPECTED_KEY = `expected a key of ${KEY_CHARACTERS_MIN} to ${KEY_CHARACTERS_MAX} printable ASCII characters without spaces; \`trilane access key\` makes one`;
const EXPECTED_KEYS = `expected a list of one or ${KEYS_MAX} keys: while a key is renewed, the old and the new one`;
const EXPECTED_FILE = 'expected { "keys": { "<client>": ["<key>"] } }, and no other field';
const KEY = new RegExp(`^[\\x21-\\x7e]{${KEY_CHARACTERS_MIN},${KEY_CHARACTERS_MAX}}$`);

const keysFile = z.strictObject(
  {
    keys: z
      .record(
        clientName,
        z
          .array(z.string(EXPECTED_KEY).regex(KEY, EXPECTED_KEY), EXPECTED_KEYS)
          .min(1, EXPECTED_KEYS)
          .max(KEYS_MAX, EXPECTED_KEYS),
        EXPECTED_FILE,
      )
      .refine((keys) => Object.keys(keys).length <= CLIENTS_MAX, `expected at most ${CLIENTS_MAX} clients`),
  },
  EXPECTED_FILE,
);

export function makeJobKey(): string {
  return randomBytes(KEY_BYTES).toString("base64url");
}

export function isJobKey(text: string): boolean {
  return KEY.test(text);
}

/** @throws SettingsError */
export function openJobKeys(path: string, ports: AccessPorts): JobKeys {
  const keys = followFile({ ...ports, variable: "TRILANE_JOB_KEYS_FILE", path, parse: parseJobKeys });
  return (client) => keys().get(client) ?? [];
}

export function parseJobKeys(text: string): ParsedFile<ReadonlyMap<string, readonly string[]>> {
  const parsed = keysFile.safeParse(asJson(text));
  if (!parsed.success) return { kind: "refused", reason: placeText(parsed.error) };
  return { kind: "parsed", value: new Map(Object.entries(parsed.data.keys)) };
}
