/**
 * Passwords for ElastiCache by IAM: a token is a signed address, valid for 15
 * minutes. It is renewed in time, so that each new connection finds a valid one
 * at once, and connections that are open log in again with each, because the
 * server ends a login after 12 hours.
 */
import { createHash, createHmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import type { Clock } from "@trilane/write-through";

export interface IamLogin {
  /** The replication group or the serverless cache, as AWS names it. */
  readonly cacheName: string;
  readonly isServerless: boolean;
  readonly user: string;
  readonly region: string;
}

export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

const VALID_SECONDS = 900;
/** A third of the life is left, for the time of a renewal that fails. */
const RENEW_MS = 600_000;
const RETRY_MS = 10_000;

/** The token as the server takes it for a password. @throws the error of the keys' provider */
export async function elastiCacheToken(
  { cacheName, isServerless, user, region }: IamLogin,
  { keys, nowMs }: { readonly keys: () => Promise<AwsKeys>; readonly nowMs: number },
): Promise<string> {
  const signer = new SignatureV4({ service: "elasticache", region, credentials: keys, sha256: Sha256 });
  const query = { Action: "connect", User: user, ...(isServerless ? { ResourceType: "ServerlessCache" } : {}) };
  const request = { method: "GET", protocol: "http:", hostname: cacheName, path: "/", headers: { host: cacheName } };
  const signed = await signer.presign(
    { ...request, query },
    { expiresIn: VALID_SECONDS, signingDate: new Date(nowMs) },
  );
  return `${cacheName}/?${Object.entries(signed.query ?? {})
    .map(pairOf)
    .join("&")}`;
}

function pairOf([name, value]: readonly [string, string | readonly string[] | null]): string {
  return `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`;
}

export interface TokenOptions {
  readonly clock: Pick<Clock, "nowMs" | "schedule">;
  /** Makes a token. */
  readonly ask: (nowMs: number) => Promise<string>;
  /** Gets each renewed token, for the connections that are open. */
  readonly onRenewed: (token: string) => void;
  readonly onError: (error: unknown) => void;
}

/** Holds a valid token at all times between `open` and `close`. */
export class RenewedToken {
  readonly #options: TokenOptions;
  #token = "";
  #cancel: () => void = () => undefined;

  private constructor(options: TokenOptions) {
    this.#options = options;
  }

  /** @throws the error of the first token */
  static async open(options: TokenOptions): Promise<RenewedToken> {
    const token = new RenewedToken(options);
    token.#token = await options.ask(options.clock.nowMs());
    token.#schedule(RENEW_MS);
    return token;
  }

  get current(): string {
    return this.#token;
  }

  close(): void {
    this.#cancel();
  }

  #schedule(ms: number): void {
    this.#cancel = this.#options.clock.schedule(ms, () => void this.#renew());
  }

  async #renew(): Promise<void> {
    const { clock, ask, onRenewed, onError } = this.#options;
    try {
      this.#token = await ask(clock.nowMs());
      this.#schedule(RENEW_MS);
      onRenewed(this.#token);
    } catch (error) {
      this.#schedule(RETRY_MS);
      onError(error);
    }
  }
}

/** The hash in the form that the signer takes. */
class Sha256 {
  readonly #hash: ReturnType<typeof createHash> | ReturnType<typeof createHmac>;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", bytesOf(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    throw new Error("a hash is used once");
  }
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === "string") return Buffer.from(data);
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
