/**
 * Dead letters of one unit: NDJSON objects under the load's prefix, one line
 * per refused row with its place, its reason and what it held. They are written
 * before the unit's checkpoint, and a unit that runs again writes the same names
 * again, so that none is lost and none is there twice.
 */
import { PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { letterText } from "./letter-text.ts";
import type { RowPosition } from "./formats/row-slice.ts";
import { type AttemptOptions, withAttempts } from "./with-attempts.ts";

export interface DeadLetterOptions extends AttemptOptions {
  readonly s3: S3Client;
  readonly bucket: string;
  /** Ends in "/". */
  readonly prefix: string;
  readonly unitId: string;
  /** The object that the rows come from. */
  readonly object: string;
  readonly partBytes: number;
}

export interface DeadLetter {
  readonly position: RowPosition;
  readonly reason: string;
  readonly detail: string;
  readonly input: unknown;
}

export class DeadLetters {
  readonly #options: DeadLetterOptions;
  #lines: string[] = [];
  #length = 0;
  #parts = 0;

  constructor(options: DeadLetterOptions) {
    this.#options = options;
  }

  async addAll(letters: readonly DeadLetter[]): Promise<void> {
    for (const letter of letters) await this.add(letter);
  }

  /** Keeps a letter; writes a part when enough have gathered. */
  async add({ position, reason, detail, input }: DeadLetter): Promise<void> {
    const { unitId, object, partBytes } = this.#options;
    const line = letterText({ unit: unitId, object, ...position, reason, detail, input });
    this.#lines.push(line);
    this.#length += line.length + 1;
    if (this.#length >= partBytes) await this.flush();
  }

  /** Writes what is left. @throws what the object store answered, after all attempts */
  async flush(): Promise<void> {
    if (this.#lines.length === 0) return;
    const { s3, bucket, prefix, unitId } = this.#options;
    this.#parts += 1;
    const command = new PutObjectCommand({
      Bucket: bucket,
      Key: `${prefix}${unitId}${this.#parts === 1 ? "" : `-${this.#parts}`}.ndjson`,
      Body: `${this.#lines.join("\n")}\n`,
      ContentType: "application/x-ndjson",
    });
    await withAttempts(this.#options, () => s3.send(command));
    this.#lines = [];
    this.#length = 0;
  }
}
