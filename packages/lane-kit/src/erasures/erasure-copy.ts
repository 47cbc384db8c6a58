/**
 * The second place of the list of erasures: one object per erasure under a
 * prefix of S3. It is written before the erasure comes into force, so a table
 * that was restored from before an erasure is found out: its list ends before
 * the last object. The prefix is that of one table, also after a restore gave
 * the table another name, so the name is no part of it.
 *
 * | object                                    | content                                  |
 * |-------------------------------------------|------------------------------------------|
 * | prefix `/` 12 digits `.json`              | the erasure as JSON, digests only        |
 */
import {
  GetObjectCommand,
  ListObjectsV2Command,
  paginateListObjectsV2,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { CoreError, type ErasureEntry, type ErasureStore, messageOf } from "@trilane/write-through";
import { z } from "zod";

export interface ErasurePlace {
  readonly bucket: string;
  /** Without a slash at its end. */
  readonly prefix: string;
}

const NUMBER_DIGITS = 12;
const SUFFIX = ".json";
const REMEDY = "`trilane erase restore` brings the list back from TRILANE_ERASURE_COPY";

const keptErasure = z.strictObject({
  number: z.int().min(1),
  subject: z.string().regex(/^[0-9a-f]{32}$/u),
  kind: z.enum(["erase", "lift"]),
  untilUs: z.int().min(0),
  id: z.string(),
  by: z.string(),
  atMs: z.int(),
});

type KeptErasure = z.infer<typeof keptErasure>;

export class ErasureCopy {
  readonly #s3: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;

  constructor(s3: S3Client, { bucket, prefix }: ErasurePlace) {
    this.#s3 = s3;
    this.#bucket = bucket;
    this.#prefix = prefix === "" ? "" : `${prefix}/`;
  }

  /**
   * Keeps erasures that are announced. One that is there already stays.
   * @throws CoreError STORE_UNAVAILABLE; ERASURES_LOST where another erasure has the number
   */
  async keep(entries: readonly ErasureEntry[]): Promise<void> {
    for (const { number, subject, kind, untilUs, id, by, atMs } of entries) {
      const kept: KeptErasure = { number, subject, kind, untilUs, id, by, atMs };
      if (await this.#put(kept)) continue;
      const there = await this.#get(this.#keyOf(number));
      if (there.id === id && there.subject === subject) continue;
      const problem = `the erasure ${number} of the table is another one than that of ${this.#shown}`;
      throw new CoreError(
        "ERASURES_LOST",
        `${problem}: was the table restored, or does another table use the place? ${REMEDY}`,
      );
    }
  }

  /**
   * Compares the table's list with what is kept here.
   * @throws CoreError ERASURES_LOST where the table's list is behind; STORE_UNAVAILABLE
   */
  async check(erasures: Pick<ErasureStore, "readState">): Promise<void> {
    const { last } = await erasures.readState();
    const next = await this.#firstAfter(last);
    if (next === null) return;
    // The list may have grown since, because an erasure is announced in the table first.
    const again = await erasures.readState();
    if (again.last >= next) return;
    const problem = `the table's list of erasures ends with ${again.last}, and ${this.#shown} has the erasure ${next}`;
    throw new CoreError("ERASURES_LOST", `${problem}: was the table restored? ${REMEDY}`);
  }

  /** All that is kept after a number, in order. @throws CoreError */
  async readAfter(number: number): Promise<readonly KeptErasure[]> {
    return this.#call("read the erasures", async () => {
      const found: KeptErasure[] = [];
      const pages = paginateListObjectsV2({ client: this.#s3 }, { ...this.#place, StartAfter: this.#keyOf(number) });
      for await (const { Contents = [] } of pages) {
        for (const { Key } of Contents) if (Key !== undefined) found.push(await this.#get(Key));
      }
      return found;
    });
  }

  get #place(): { readonly Bucket: string; readonly Prefix: string } {
    return { Bucket: this.#bucket, Prefix: this.#prefix };
  }

  get #shown(): string {
    return `s3://${this.#bucket}/${this.#prefix}`;
  }

  #keyOf(number: number): string {
    return `${this.#prefix}${String(number).padStart(NUMBER_DIGITS, "0")}${SUFFIX}`;
  }

  async #firstAfter(number: number): Promise<number | null> {
    return this.#call("list the erasures", async () => {
      const command = new ListObjectsV2Command({ ...this.#place, StartAfter: this.#keyOf(number), MaxKeys: 1 });
      const key = (await this.#s3.send(command)).Contents?.[0]?.Key;
      return key === undefined ? null : Number(key.slice(this.#prefix.length, -SUFFIX.length));
    });
  }

  /** False where an object is there already. */
  async #put(kept: KeptErasure): Promise<boolean> {
    return this.#call("keep an erasure", async () => {
      const command = new PutObjectCommand({
        Bucket: this.#bucket,
        Key: this.#keyOf(kept.number),
        Body: JSON.stringify(kept),
        ContentType: "application/json",
        IfNoneMatch: "*",
      });
      try {
        await this.#s3.send(command);
        return true;
      } catch (error) {
        if (error instanceof Error && error.name === "PreconditionFailed") return false;
        throw error;
      }
    });
  }

  async #get(key: string): Promise<KeptErasure> {
    return this.#call("read an erasure", async () => {
      const { Body } = await this.#s3.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }));
      return keptErasure.parse(JSON.parse((await Body?.transformToString()) ?? ""));
    });
  }

  async #call<Result>(step: string, call: () => Promise<Result>): Promise<Result> {
    try {
      return await call();
    } catch (cause) {
      if (cause instanceof CoreError) throw cause;
      const problem = `could not ${step} in the second place, ${this.#shown} (TRILANE_ERASURE_COPY)`;
      throw new CoreError("STORE_UNAVAILABLE", `${problem}: ${messageOf(cause)}`, { cause });
    }
  }
}
