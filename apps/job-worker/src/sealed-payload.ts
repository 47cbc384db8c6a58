/**
 * A payload that its sender has signed. The job's data is then an envelope with
 * the payload as a text, because a signature is over bytes, and each language
 * writes the same object with other bytes:
 *
 *     { "signed": { "client": "checkout", "atMs": 1795705200123, "mac": "<64 hex>" },
 *       "payload": "{\"group\":\"routes\",\"records\":[...]}" }
 *
 * `mac` is HMAC-SHA-256 by the client's key over the UTF-8 bytes of these parts,
 * with one line feed between two of them: `trilane-job-1`, client, name of the
 * job, id of the job, `atMs` in decimal digits, payload. No part but the last has
 * a line feed, so no two jobs have the same bytes.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";

const FORM = "trilane-job-1";
const BETWEEN = "\n";
const CLIENT_CHARACTERS_MAX = 64;

export interface JobSignature {
  readonly client: string;
  /** Milliseconds since 1970 when the job was signed, by its sender. */
  readonly atMs: number;
  /** Hexadecimal digits. */
  readonly mac: string;
}

/** The parts of a job that are signed. */
export interface SignedParts {
  readonly client: string;
  readonly name: string;
  readonly id: string;
  readonly atMs: number;
  /** The payload's JSON. */
  readonly text: string;
}

export interface Sealed {
  readonly signed: JobSignature;
  readonly payload: string;
}

const sealed = z.strictObject({
  signed: z.strictObject({
    client: z.string().min(1).max(CLIENT_CHARACTERS_MAX),
    atMs: z.int().min(0),
    mac: z.string().regex(/^[0-9a-f]{64}$/),
  }),
  payload: z.string(),
});

export function seal(parts: SignedParts, key: string): Sealed {
  const { client, atMs, text } = parts;
  return { signed: { client, atMs, mac: macOf(parts, key).toString("hex") }, payload: text };
}

/** Null for a payload without a signature; a payload of a job has none of the envelope's fields. */
export function sealedOf(data: unknown): Sealed | null {
  // Most jobs have no signature, and this costs them nothing.
  if (typeof data !== "object" || data === null || !Object.hasOwn(data, "signed")) return null;
  const parsed = sealed.safeParse(data);
  return parsed.success ? parsed.data : null;
}

/** Whether one of the keys made the signature. Every key is tried, in a time that tells nothing about the others. */
export function isSignedBy(
  { signed, payload }: Sealed,
  { name, id }: { readonly name: string; readonly id: string },
  keys: readonly string[],
): boolean {
  if (`${name}${id}${signed.client}`.includes(BETWEEN)) return false;
  const mac = Buffer.from(signed.mac, "hex");
  const parts = { ...signed, name, id, text: payload };
  return keys.map((key) => timingSafeEqual(mac, macOf(parts, key))).includes(true);
}

function macOf({ client, name, id, atMs, text }: SignedParts, key: string): Buffer {
  return createHmac("sha256", key)
    .update([FORM, client, name, id, String(atMs), text].join(BETWEEN))
    .digest();
}
