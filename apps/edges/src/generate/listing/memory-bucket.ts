/**
 * A bucket in memory behind the S3 client's `send`: lists in pages, and answers reads of a range of an ETag as S3
 * does, with the faults that a case asks for.
 */
import { Readable } from "node:stream";
import { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import type { Fate, ListingCase } from "./listing-case.ts";

interface StoredObject {
  etag: string;
  bytes: Buffer;
  /** The faults of the next answers. */
  faults: Fate[];
}

const HTTP_UNAVAILABLE = 503;
const HTTP_PRECONDITION_FAILED = 412;
const HTTP_NOT_FOUND = 404;
const LAST_MODIFIED = new Date(1_000_000_000_000);
const RANGE = /^bytes=(\d+)-(\d+)$/;

export class MemoryBucket extends S3Client {
  readonly #objects = new Map<string, StoredObject>();
  readonly #pageKeys: number;

  constructor({ prefix, objects, pageKeys }: ListingCase) {
    super({ region: "us-east-1", credentials: { accessKeyId: "none", secretAccessKey: "none" } });
    this.#pageKeys = pageKeys;
    for (const { path, text } of objects) {
      this.#objects.set(prefix + path, { etag: '"1"', bytes: Buffer.from(text), faults: [] });
    }
    // It has another prefix, so no listing may contain it.
    this.#objects.set("other/a.ndjson", { etag: '"1"', bytes: Buffer.from("{}"), faults: [] });
  }

  /** Changes an object after it was listed. */
  happens(key: string, fate: Fate): void {
    const object = this.#objects.get(key);
    if (object === undefined || fate === "stays") return;
    if (fate === "goes") this.#objects.delete(key);
    else if (fate === "is replaced") object.etag = '"2"';
    else if (fate === "grows")
      Object.assign(object, { etag: '"2"', bytes: Buffer.concat([object.bytes, object.bytes]) });
    else object.faults.push(fate);
  }

  // The commands of the client are many; these two are all that a load of a prefix sends.
  override send = (command: unknown): Promise<never> => {
    if (command instanceof ListObjectsV2Command) return answer(() => this.#list(command.input));
    if (command instanceof GetObjectCommand) return answer(() => this.#get(command.input));
    return Promise.reject(new TypeError("a command that no load of a prefix sends"));
  };

  #list({ Prefix = "", ContinuationToken }: ListObjectsV2Command["input"]): object {
    const keys = [...this.#objects.keys()]
      .filter((key) => key.startsWith(Prefix))
      .toSorted((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
    const from = ContinuationToken === undefined ? 0 : Number(ContinuationToken);
    const to = from + this.#pageKeys;
    const Contents = keys.slice(from, to).map((Key) => {
      const { etag, bytes } = this.#objects.get(Key) ?? { etag: "", bytes: Buffer.alloc(0) };
      return { Key, ETag: etag, Size: bytes.length, LastModified: LAST_MODIFIED };
    });
    return to < keys.length ? { Contents, IsTruncated: true, NextContinuationToken: String(to) } : { Contents };
  }

  #get({ Key = "", Range = "", IfMatch }: GetObjectCommand["input"]): object {
    const object = this.#objects.get(Key);
    if (object === undefined) throw refusal("NoSuchKey", HTTP_NOT_FOUND);
    if (object.etag !== IfMatch) throw refusal("PreconditionFailed", HTTP_PRECONDITION_FAILED);
    const [, start, end] = RANGE.exec(Range) ?? [];
    const whole = object.bytes.subarray(Number(start), Number(end) + 1);
    const fault = object.faults.pop();
    if (fault === "answers late") throw refusal("SlowDown", HTTP_UNAVAILABLE);
    const bytes = fault === "is cut once" ? whole.subarray(0, Math.floor(whole.length / 2)) : whole;
    return {
      Body: Readable.from(bytes.length === 0 ? [] : [bytes]),
      ContentRange: `bytes ${start}-${end}/${object.bytes.length}`,
      ETag: object.etag,
    };
  }
}

function answer(work: () => object): Promise<never> {
  return new Promise((resolve) => resolve(work() as never));
}

function refusal(name: string, httpStatusCode: number): Error {
  return Object.assign(new Error(name), { name, $metadata: { httpStatusCode } });
}
