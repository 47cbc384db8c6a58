/**
 * Removes the dead letters of erased persons from the objects under a prefix. An
 * object keeps its other lines, and one without any is removed. An object that
 * was replaced meanwhile is read again.
 */
import {
  DeleteObjectCommand,
  GetObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import type { CoreWriter } from "@trilane/feature-groups";
import { createS3, type Platform } from "@trilane/lane-kit";

export interface EraseLettersOptions {
  readonly s3: S3Client;
  readonly bucket: string;
  readonly prefix: string;
  readonly isErased: CoreWriter["isErased"];
}

export interface ErasedLetters {
  readonly objects: number;
  /** Letters that were removed. */
  readonly letters: number;
  /** Letters that do not say whose they are. */
  readonly unknown: number;
}

const SUFFIX = ".ndjson";
const ATTEMPTS_MAX = 5;

/** @throws the object store's error */
export async function eraseLetters(options: EraseLettersOptions): Promise<ErasedLetters> {
  const { s3, bucket, prefix } = options;
  const counts = { objects: 0, letters: 0, unknown: 0 };
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix })) {
    for (const { Key: key } of Contents) {
      if (key?.endsWith(SUFFIX) !== true) continue;
      const { erased, unknown } = await eraseFromObject(options, key);
      counts.objects += 1;
      counts.letters += erased;
      counts.unknown += unknown;
    }
  }
  return counts;
}

/** Goes through several places, with a client of its own. @throws the object store's error */
export async function eraseLettersIn(
  places: readonly LetterPlace[],
  { settings, coreWriter }: Pick<Platform, "settings" | "coreWriter">,
): Promise<readonly (LetterPlace & ErasedLetters)[]> {
  if (places.length === 0) return [];
  const s3 = createS3(settings);
  const isErased = coreWriter.isErased.bind(coreWriter);
  try {
    const erased: (LetterPlace & ErasedLetters)[] = [];
    for (const place of places) erased.push({ ...place, ...(await eraseLetters({ s3, ...place, isErased })) });
    return erased;
  } finally {
    s3.destroy();
  }
}

export type LetterPlace = Pick<EraseLettersOptions, "bucket" | "prefix">;

interface ErasedLines {
  readonly erased: number;
  readonly unknown: number;
}

async function eraseFromObject(options: EraseLettersOptions, key: string): Promise<ErasedLines> {
  const { s3, bucket, isErased } = options;
  for (let attempt = 1; ; attempt += 1) {
    const { Body, ETag } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    const lines = ((await Body?.transformToString()) ?? "").split("\n").filter((line) => line !== "");
    const owners = lines.map(ownerOfLine);
    const left = lines.filter((_, index) => !isCovered(owners[index] ?? null, isErased));
    const erased = lines.length - left.length;
    const unknown = owners.filter((owner) => owner === null).length;
    if (erased === 0) return { erased, unknown };
    try {
      if (left.length === 0) await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
      else {
        await s3.send(
          new PutObjectCommand({
            Bucket: bucket,
            Key: key,
            Body: `${left.join("\n")}\n`,
            ContentType: "application/x-ndjson",
            ...(ETag === undefined ? {} : { IfMatch: ETag }),
          }),
        );
      }
      return { erased, unknown };
    } catch (error) {
      const isReplaced = error instanceof Error && error.name === "PreconditionFailed";
      if (!isReplaced || attempt === ATTEMPTS_MAX) throw error;
    }
  }
}

interface LineOwner {
  readonly subject: string;
  readonly eventTimeUs: number | null;
}

/** Null where the letter does not say whose it is. */
function ownerOfLine(line: string): LineOwner | null {
  try {
    const { subject, eventTimeUs } = JSON.parse(line) as Partial<LineOwner>;
    return typeof subject === "string" ? { subject, eventTimeUs: eventTimeUs ?? null } : null;
  } catch {
    return null;
  }
}

function isCovered(owner: LineOwner | null, isErased: CoreWriter["isErased"]): boolean {
  return owner !== null && isErased(owner.subject, owner.eventTimeUs ?? 0);
}
