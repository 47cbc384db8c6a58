/**
 * The access file: a list of clients as JSON. Messages name the place in the
 * file and the remedy, and repeat no value, because somebody may have put a
 * token where its digest belongs.
 */
import { z } from "zod";
import { clientName } from "../settings/setting-values.ts";
import type { ParsedFile } from "./followed-file.ts";
import { placeText } from "./place-text.ts";
import { type Client, VERBS } from "./rights-of-clients.ts";

export const CLIENTS_MAX = 500;
/** While a token is renewed, both count. */
const TOKENS_MAX = 2;
const GROUP_CHARACTERS_MAX = 200;

export interface ClientWithTokens {
  readonly client: Client;
  readonly digests: readonly Buffer[];
}

const EXPECTED_DIGEST =
  "expected a digest of 64 hexadecimal digits; `trilane access token` makes a token with its digest";
const EXPECTED_VERB = `expected one of ${VERBS.join(", ")}`;
const EXPECTED_RIGHTS = 'expected lists of verbs by group, such as { "routes": ["read"] }; "*" is every group';
const EXPECTED_TOKENS = `expected a list of at most ${TOKENS_MAX} digests: while a token is renewed, the old and the new one`;

const client = z.strictObject(
  {
    name: clientName,
    tokens: z
      .array(z.string(EXPECTED_DIGEST).regex(/^[0-9a-f]{64}$/, EXPECTED_DIGEST), EXPECTED_TOKENS)
      .max(TOKENS_MAX, EXPECTED_TOKENS)
      .default([]),
    rights: z.record(
      z.string().min(1).max(GROUP_CHARACTERS_MAX),
      z.array(z.enum(VERBS, EXPECTED_VERB), EXPECTED_RIGHTS),
      EXPECTED_RIGHTS,
    ),
  },
  "expected an object with name, tokens and rights, and no other field",
);

const accessFile = z.strictObject(
  {
    clients: z.array(client, "expected a list of clients").max(CLIENTS_MAX, `expected at most ${CLIENTS_MAX} clients`),
  },
  'expected { "clients": [ ... ] }, and no other field',
);

export function parseAccess(text: string): ParsedFile<readonly ClientWithTokens[]> {
  const parsed = accessFile.safeParse(asJson(text));
  if (!parsed.success) return { kind: "refused", reason: placeText(parsed.error) };
  const { clients } = parsed.data;
  const name = firstRepeated(clients.map((each) => each.name));
  if (name !== null) return { kind: "refused", reason: `clients[${name}].name: another client has the same name` };
  const owners = clients.flatMap(({ tokens }, index) => tokens.map((digest) => ({ digest, index })));
  const token = firstRepeated(owners.map(({ digest }) => digest));
  if (token !== null) {
    const reason = `clients[${owners[token]?.index}].tokens: a digest is there twice; each client has tokens of its own`;
    return { kind: "refused", reason };
  }
  return { kind: "parsed", value: clients.map(withDigests) };
}

function withDigests({ name, tokens, rights }: z.output<typeof client>): ClientWithTokens {
  const verbs = Object.entries(rights).map(([group, names]) => [group, new Set(names)] as const);
  return { client: { name, rights: new Map(verbs) }, digests: tokens.map((digest) => Buffer.from(digest, "hex")) };
}

/** The position of the first text that stands at an earlier position as well. */
function firstRepeated(texts: readonly string[]): number | null {
  const index = texts.findIndex((text, at) => texts.indexOf(text) < at);
  return index === -1 ? null : index;
}

/** Undefined, which the schema refuses, for a text that is no JSON. The parser's own message repeats the text. */
export function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
