/**
 * Small numbers for the protocol's versions, copies, fence ids and lease
 * tokens, so that a state packs into a few words. The production functions
 * always see real versions and strings: these tables translate.
 *
 * An ordinal n stands for the n-th smallest version of the world, 0 for "no
 * such record". An id is 0 for none, otherwise a number that the model gives;
 * production compares its text.
 */
import { at } from "../engine/at.ts";
import { makeVersion, NO_VERSION, type Copy, type ForeignEntry, type Version } from "@trilane/write-through/protocol";

/** The body of a record in the model: the ordinal of its version, so that a confusion of two records shows. */
export type ModelBody = number;

/** The bytes of another program, always the same ones, so a heal may meet once more the value that it saw. */
export const FOREIGN: ForeignEntry = { state: "foreign", seen: new Uint8Array() };

export const ORDINAL_MAX = 4;
export const ID_MAX = 99;
/** The model gives this id to a fence or lease that is set anew. It is renamed before it is kept. */
export const FRESH_ID = 9;

const VERSIONS: readonly Version[] = Array.from({ length: ORDINAL_MAX + 1 }, (_, ordinal) =>
  ordinal === 0
    ? NO_VERSION
    : makeVersion({
        eventTimeUs: ordinal,
        sequence: 0n,
        lane: "stream",
        contentHash: "0".repeat(16),
      }),
);

const ORDINALS: ReadonlyMap<Version, number> = new Map(VERSIONS.map((version, ordinal) => [version, ordinal]));

const COPIES: readonly Copy<ModelBody>[] = VERSIONS.map((version, ordinal) => ({
  version,
  body: ordinal === 0 ? null : ordinal,
}));

const ID_TEXTS: readonly string[] = Array.from({ length: ID_MAX + 1 }, (_, id) => String(id));

/** @throws RangeError naming the world, for a version that no world has */
export function assertVersions(world: string, versions: readonly number[]): void {
  if (versions.some((version) => version < 1 || version > ORDINAL_MAX)) {
    throw new RangeError(`world ${world}: versions are ordinals from 1 to ${ORDINAL_MAX}`);
  }
}

/** @throws RangeError for an ordinal that no world has. */
export function versionOf(ordinal: number): Version {
  return at(VERSIONS, ordinal);
}

export function ordinalOf(version: Version): number {
  const ordinal = ORDINALS.get(version);
  if (ordinal === undefined) throw new RangeError(`no world has the version ${version}`);
  return ordinal;
}

export function copyOf(ordinal: number): Copy<ModelBody> {
  return at(COPIES, ordinal);
}

/** @throws RangeError when the copy carries the body of another version. */
export function ordinalOfCopy(copy: Copy<ModelBody>): number {
  const ordinal = ordinalOf(copy.version);
  if ((copy.body ?? 0) !== ordinal) {
    throw new RangeError(`version ${ordinal} came with the body of version ${copy.body ?? 0}`);
  }
  return ordinal;
}

export function textOfId(id: number): string {
  return at(ID_TEXTS, id);
}

export function idOfText(text: string): number {
  return Number(text);
}
