/**
 * Tokens of clients. A server keeps their digests alone, so nobody who reads
 * its files can use them. A plain digest is enough, because a token has 256
 * random bits that nobody can guess.
 */
import { hash, randomBytes } from "node:crypto";

const TOKEN_BYTES = 32;
/** Texts that are shorter are no tokens, so a guessable word in the place of a token does not work. */
export const TOKEN_CHARACTERS_MIN = 16;

export function makeToken(): string {
  return randomBytes(TOKEN_BYTES).toString("base64url");
}

/** SHA-256 of the token's characters. The access file has it as hexadecimal digits. */
export function tokenDigest(token: string): Buffer {
  return hash("sha256", token, "buffer");
}
