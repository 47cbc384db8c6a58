/**
 * Reads bytes of an object that is pinned to its ETag.
 *
 * A body can stall after its headers came, and no timeout of the SDK notices
 * it. So every read here has an idle limit, after which it is aborted and
 * resumed at the byte that it had reached. Lengths are verified, because
 * answers to ranges carry no checksum of the whole. A caller gets exactly the
 * bytes that it requested, or an error.
 */
import { Readable } from "node:stream";
import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { type Clock, fullJitterMs, messageOf, type Random } from "@trilane/write-through";
import { LoadError } from "../errors.ts";
import type { ByteRange } from "../formats/byte-range.ts";
import type { ObjectBytes } from "../formats/format.ts";
import { ATTEMPT_BACKOFF, httpStatusOf, isTransient } from "../with-attempts.ts";
import { type SourceObject, uriOf } from "./source-object.ts";

export interface ObjectReaderOptions {
  readonly s3: S3Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: { readonly idleTimeoutMs: number; readonly attemptsMax: number };
}

/** After so many bytes of progress the count of attempts starts anew. */
const PROGRESS_BYTES_MIN = 65_536;
const HTTP_PRECONDITION_FAILED = 412;
const HTTP_NOT_FOUND = 404;

export class ObjectReader {
  readonly #options: ObjectReaderOptions;

  constructor(options: ObjectReaderOptions) {
    this.#options = options;
  }

  /** The object's bytes as formats read them, until the signal fires. */
  open(object: SourceObject, signal?: AbortSignal): ObjectBytes {
    return {
      uri: uriOf(object),
      size: object.size,
      compression: object.format.compression,
      bytes: (range) => this.bytes(object, range, signal),
      stream: (range) => this.stream(object, range, signal),
    };
  }

  /** All bytes of a range, in memory. */
  async bytes(object: SourceObject, range: ByteRange, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(range.end - range.start);
    let length = 0;
    for await (const chunk of this.stream(object, range, signal)) {
      bytes.set(chunk, length);
      length += chunk.length;
    }
    return bytes;
  }

  /** The bytes of a range in pieces as they come; exactly as many as requested. @throws LoadError */
  async *stream(object: SourceObject, range: ByteRange, signal?: AbortSignal): AsyncGenerator<Uint8Array, void> {
    let position = range.start;
    let fruitless = 0;
    while (position < range.end) {
      const before = position;
      try {
        for await (const chunk of this.#attempt(object, { start: position, end: range.end }, signal)) {
          position += chunk.length;
          yield chunk;
        }
        if (position < range.end) throw new Error(`the body ended at byte ${position} of ${range.end}`);
      } catch (error) {
        signal?.throwIfAborted();
        const refusal = refusalOf(object, error);
        if (refusal !== null) throw refusal;
        fruitless = position - before >= PROGRESS_BYTES_MIN ? 1 : fruitless + 1;
        if (fruitless >= this.#options.limits.attemptsMax) throw unavailable(object, fruitless, error);
        const { clock, random } = this.#options;
        await clock.sleep(fullJitterMs(ATTEMPT_BACKOFF, fruitless, random), signal);
      }
    }
  }

  async *#attempt(object: SourceObject, range: ByteRange, signal?: AbortSignal): AsyncGenerator<Uint8Array, void> {
    const idle = new IdleLimit(this.#options, signal);
    let body: Readable | null = null;
    try {
      body = await this.#open(object, range, idle.signal);
      idle.onExpiry((reason) => body?.destroy(reason));
      let left = range.end - range.start;
      for await (const chunk of body as AsyncIterable<Uint8Array>) {
        left -= chunk.length;
        if (left < 0) throw new Error(`the body is ${-left} bytes longer than asked for`);
        // The time that the caller takes does not count for the object store.
        idle.stop();
        yield chunk;
        idle.restart();
      }
    } finally {
      idle.close();
      // A body that is not read to its end keeps its socket.
      body?.destroy();
    }
  }

  async #open(object: SourceObject, { start, end }: ByteRange, signal: AbortSignal): Promise<Readable> {
    const command = new GetObjectCommand({
      Bucket: object.bucket,
      Key: object.key,
      Range: `bytes=${start}-${end - 1}`,
      IfMatch: object.etag,
    });
    const response = await this.#options.s3.send(command, { abortSignal: signal });
    const body: unknown = response.Body;
    if (!(body instanceof Readable)) throw new TypeError("the answer has no body");
    const isAsked = response.ContentRange?.startsWith(`bytes ${start}-${end - 1}/`) === true;
    if (isAsked && response.ETag === object.etag) return body;
    body.destroy();
    if (isAsked) throw changed(object);
    throw new Error(`asked for bytes ${start}-${end - 1}, the answer is for ${response.ContentRange ?? "all"}`);
  }
}

/** Fires when no byte has come for the limit, or with the caller's signal. */
class IdleLimit {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal | undefined;
  readonly #onOuter = (): void => this.#expire(asError(this.#outer?.reason));
  #cancel: () => void = () => undefined;
  #listener: (reason: Error) => void = () => undefined;

  constructor({ clock, limits }: ObjectReaderOptions, outer: AbortSignal | undefined) {
    this.#clock = clock;
    this.#limitMs = limits.idleTimeoutMs;
    this.#outer = outer;
    if (outer?.aborted === true) this.#onOuter();
    else outer?.addEventListener("abort", this.#onOuter, { once: true });
    this.restart();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  onExpiry(listener: (reason: Error) => void): void {
    this.#listener = listener;
    if (this.signal.aborted) listener(asError(this.signal.reason));
  }

  restart(): void {
    this.stop();
    this.#cancel = this.#clock.schedule(this.#limitMs, () =>
      this.#expire(new Error(`no byte came for ${this.#limitMs} ms`)),
    );
  }

  stop(): void {
    this.#cancel();
  }

  close(): void {
    this.stop();
    this.#outer?.removeEventListener("abort", this.#onOuter);
  }

  #expire(reason: Error): void {
    this.#controller.abort(reason);
    this.#listener(reason);
  }
}

/** The error for answers that a further attempt would not change; null for others. */
function refusalOf(object: SourceObject, error: unknown): LoadError | null {
  if (error instanceof LoadError) return error;
  if (isTransient(error)) return null;
  const status = httpStatusOf(error);
  if (status === HTTP_PRECONDITION_FAILED || status === HTTP_NOT_FOUND) return changed(object, error);
  const uri = uriOf(object);
  return new LoadError("INVALID_SOURCE", `${uri}: the object store refuses to read it (${messageOf(error)})`, {
    object: uri,
    cause: error,
  });
}

function changed(object: SourceObject, cause?: unknown): LoadError {
  const uri = uriOf(object);
  const message = `${uri}: the object was replaced or removed while it was loaded. Start the load again: it takes what is there then`;
  return new LoadError("OBJECT_CHANGED", message, { object: uri, cause });
}

function unavailable(object: SourceObject, attempts: number, cause: unknown): LoadError {
  const uri = uriOf(object);
  const message = `${uri}: reading failed ${attempts} times in a row without progress (${messageOf(cause)}). Run the load again: it resumes`;
  return new LoadError("SOURCE_UNAVAILABLE", message, { object: uri, cause });
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
