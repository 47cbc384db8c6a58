/**
 * Random command sequences for one key, which run on a cache and on the pure
 * transitions alike. After each command both must show the same entry and must
 * have given the same reply.
 */
import type { Cache, CacheEntry, CacheFailure } from "../ports/cache.ts";
import type { Random } from "../ports/clock.ts";
import type { StoredBody, StoredCopy } from "../ports/store.ts";
import { type CacheTransitions, createCacheTransitions } from "../protocol/cache-transitions.ts";
import { ABSENT, type ForeignEntry } from "../protocol/entry.ts";
import { type Lane, makeVersion, NO_VERSION, SEQUENCE_MAX, type Version } from "../protocol/version.ts";
import { payloadOf } from "./sample-records.ts";
import { pick } from "./seeded-random.ts";

export type SampleCommand =
  | { readonly kind: "fence"; readonly n: number; readonly id: string }
  | { readonly kind: "publish" | "raise"; readonly n: number; readonly id: string; readonly keep: boolean }
  | { readonly kind: "lease"; readonly token: string }
  /** Another program writes under the key; or a reader heals a foreign value that it sees there now or saw before. */
  | { readonly kind: "overwrite" | "heal"; readonly foreign: number }
  | { readonly kind: "fill"; readonly n: number; readonly token: string; readonly keep: boolean };

/**
 * Neighbours differ in one part only, where a comparison as numbers, or of the event time alone, sees no difference: in
 * the hash's last digit, the schema version, the place's last digit, the lane, the sequence's last digit, the event
 * time's last digit.
 */
const VERSIONS: readonly [Version, ...Version[]] = [
  NO_VERSION,
  sampleVersion({ lane: "batch", contentHash: "ffffffffffffff09" }),
  sampleVersion({ lane: "batch", contentHash: "ffffffffffffff0a" }),
  sampleVersion({ lane: "batch", schemaVersion: 2 }),
  sampleVersion({ lane: "batch", place: `${"f".repeat(39)}9` }),
  sampleVersion({ lane: "batch", place: `${"f".repeat(39)}a` }),
  sampleVersion({ lane: "stream", contentHash: "0000000000000001" }),
  sampleVersion({ lane: "batch", sequence: SEQUENCE_MAX }),
  sampleVersion({ lane: "batch", sequence: 0n, eventTimeUs: 1_700_000_000_000_001 }),
];
const EXPIRES_AT_MS = Date.UTC(2090, 0, 1);

const IDS = ["fence-a", "fence-b", "fence-c"] as const;
const TOKENS = ["token-a", "token-b"] as const;
const NUMBERS = [0, 1, 2, 3, 4, 5, 6, 7, 8] as const;
const KINDS = [
  "fence",
  "fence",
  "publish",
  "publish",
  "raise",
  "lease",
  "lease",
  "fill",
  "fill",
  "overwrite",
  "heal",
] as const;
const TTL_MS = 3_600_000;

export function sampleCommand(random: Random): SampleCommand {
  const kind = pick(random, KINDS);
  const n = pick(random, NUMBERS);
  const keep = random() < 0.8;
  switch (kind) {
    case "fence":
      return { kind, n: Math.max(1, n), id: pick(random, IDS) };
    case "publish":
    case "raise":
      return { kind, n, id: pick(random, IDS), keep };
    case "lease":
      return { kind, token: pick(random, TOKENS) };
    case "overwrite":
    case "heal":
      return { kind, foreign: Math.floor(random() * foreignValues(1).length) };
    case "fill":
      return { kind, n, token: pick(random, TOKENS), keep };
  }
}

/** A command's answer, in a form that both sides share. */
export type SampleReply = unknown;

/** The specification: the pure transitions over one entry. */
export class ModelKey {
  readonly #transitions: CacheTransitions<StoredBody> = createCacheTransitions<StoredBody>();
  #entry: CacheEntry = ABSENT;

  view(epoch: number): CacheEntry {
    return this.#transitions.view(this.#entry, epoch);
  }

  run(epoch: number, command: SampleCommand): SampleReply {
    switch (command.kind) {
      case "fence": {
        const step = this.#transitions.fence(this.#entry, {
          epoch,
          version: sampleVersionOf(command.n),
          id: command.id,
        });
        this.#entry = step.entry;
        return step.reply;
      }
      case "overwrite":
        this.#entry = foreignOf(epoch, command.foreign);
        return { kind: "settled" };
      case "heal":
        this.#entry = this.#transitions.heal(this.#entry, foreignOf(epoch, command.foreign));
        return { kind: "settled" };
      case "lease": {
        const step = this.#transitions.lease(this.#entry, { epoch, token: command.token });
        this.#entry = step.entry;
        return step.reply;
      }
      case "fill": {
        const { token, keep } = command;
        this.#entry = this.#transitions.fill(this.#entry, { epoch, token, copy: sampleCopyOf(command.n), keep });
        return { kind: "settled" };
      }
      case "publish":
      case "raise": {
        const { id, keep, kind } = command;
        this.#entry = this.#transitions[kind](this.#entry, { epoch, id, copy: sampleCopyOf(command.n), keep });
        return { kind: "settled" };
      }
    }
  }
}

export type Overwrite = (key: string, bytes: Uint8Array) => Promise<void>;

export interface CacheOfEpoch {
  readonly cache: Cache;
  readonly overwrite: Overwrite;
  readonly epoch: number;
}

/** Runs the same command on a cache. */
export async function runOnCache(
  { cache, overwrite, epoch }: CacheOfEpoch,
  key: string,
  command: SampleCommand,
): Promise<SampleReply | CacheFailure> {
  switch (command.kind) {
    case "fence":
      return (await cache.fence(epoch, [{ key, version: sampleVersionOf(command.n), id: command.id }]))[0];
    case "overwrite":
      await overwrite(key, foreignOf(epoch, command.foreign).seen);
      return { kind: "settled" };
    case "heal":
      return (await cache.heal(epoch, [{ key, seen: foreignOf(epoch, command.foreign) }]))[0];
    case "lease":
      return (await cache.lease(epoch, [{ key, token: command.token, ttlMs: TTL_MS }]))[0];
    case "fill": {
      const { token, keep } = command;
      return (await cache.fill(epoch, [{ key, token, copy: sampleCopyOf(command.n), ttlMs: keep ? TTL_MS : 0 }]))[0];
    }
    case "publish":
    case "raise": {
      const { id, keep, kind } = command;
      return (await cache[kind](epoch, [{ key, id, copy: sampleCopyOf(command.n), ttlMs: keep ? TTL_MS : 0 }]))[0];
    }
  }
}

function sampleVersion(parts: {
  readonly lane: Lane;
  readonly place?: string;
  readonly schemaVersion?: number;
  readonly contentHash?: string;
  readonly sequence?: bigint;
  readonly eventTimeUs?: number;
}): Version {
  return makeVersion({
    contentHash: "0000000000000000",
    schemaVersion: 1,
    place: `${"f".repeat(39)}8`,
    sequence: SEQUENCE_MAX - 1n,
    eventTimeUs: 1_700_000_000_000_000,
    ...parts,
  });
}

/** Values that are not like an entry at all, and entries of the epoch that are cut short or wrong in one field. */
function foreignValues(epoch: number): readonly string[] {
  const head = String(epoch).padStart(10, "0") + sampleVersionOf(2);
  const expiry = String(EXPIRES_AT_MS).padStart(16, "0");
  return [
    "foreign",
    "C",
    `C${head}`,
    `C${head}${expiry}Q`,
    `C${head}${expiry.replace("9", "x")}P`,
    `F${head}`,
    `F${head}2id`,
    `L${head}`,
    `X${head}1id`,
    `F${head.slice(0, -1)}g1id`,
  ];
}

function foreignOf(epoch: number, index: number): ForeignEntry {
  return { state: "foreign", seen: Buffer.from(foreignValues(epoch)[index] ?? "foreign", "latin1") };
}

function sampleVersionOf(n: number): Version {
  return VERSIONS[n] ?? VERSIONS[0];
}

function sampleCopyOf(n: number): StoredCopy {
  const version = sampleVersionOf(n);
  return { version, body: version === NO_VERSION ? null : { payload: payloadOf(n), expiresAtMs: EXPIRES_AT_MS } };
}
