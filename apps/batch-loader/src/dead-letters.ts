/**
 * Dead letters of one unit: NDJSON objects under the load's prefix, one line
 * per refused row with its place, its reason and its content. They are written
 * before the unit's checkpoint, and a unit that runs again writes the same
 * names again. So no letter is lost, and none is there twice.
 */
import { PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import type { DeadLetter } from "@trilane/lane-kit";
import type { RowPosition } from "./formats/row-slice.ts";
import { letterText } from "./letter-text.ts";
import { type AttemptOptions, withAttempts } from "./with-attempts.ts";

export interface DeadLetterOptions extends AttemptOptions {
  readonly s3: S3Client;
  readonly bucket: string;
  /** The prefix, which ends in "/". */
  readonly prefix: string;
  readonly unitId: string;
  /** The object of the rows. */
  readonly object: string;
  readonly partBytes: number;
}

export type DeadRow = DeadLetter<RowPosition>;

export class DeadLetters {
  readonly #options: DeadLetterOptions;
  #lines: string[] = [];
  #length = 0;
  #parts = 0;

  constructor(options: DeadLetterOptions) {
    this.#options = options;
  }

  /** Keeps rows, and writes a part whenever enough have gathered. */
  async addAll(rows: readonly DeadRow[]): Promise<void> {
    for (const row of rows) await this.#add(row);
  }

  /** Writes the remaining rows. @throws the object store's error, after all attempts */
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

  async #add({ place, reason, detail, owner, input }: DeadRow): Promise<void> {
    const { unitId, object, partBytes } = this.#options;
    const line = letterText({ unit: unitId, object, ...place, reason, detail, ...owner, input });
    this.#lines.push(line);
    this.#length += line.length + 1;
    if (this.#length >= partBytes) await this.flush();
  }
}
