/**
 * Random command sequences for one key, run on a cache and on the pure
 * transitions alike: after each command both must show the same entry and have
 * given the same reply.
 */
import type { Cache, CacheEntry, CacheFailure } from "../ports/cache.ts";
import type { Random } from "../ports/clock.ts";
import type { StoredBody } from "../ports/store.ts";
import { type CacheTransitions, createCacheTransitions } from "../protocol/cache-transitions.ts";
import { ABSENT } from "../protocol/entry.ts";
import { copyOf, versionOf } from "./sample-records.ts";
import { pick } from "./seeded-random.ts";

export type SampleCommand =
  | { readonly kind: "fence"; readonly n: number; readonly id: string }
  | { readonly kind: "publish" | "raise"; readonly n: number; readonly id: string; readonly keep: boolean }
  | { readonly kind: "lease"; readonly token: string }
  | { readonly kind: "fill"; readonly n: number; readonly token: string; readonly keep: boolean };

const IDS = ["fence-a", "fence-b", "fence-c"] as const;
const TOKENS = ["token-a", "token-b"] as const;
const VERSIONS = [0, 1, 2, 3, 4] as const;
const KINDS = ["fence", "fence", "publish", "publish", "raise", "lease", "lease", "fill", "fill"] as const;
const TTL_MS = 3_600_000;

export function sampleCommand(random: Random): SampleCommand {
  const kind = pick(random, KINDS);
  const n = pick(random, VERSIONS);
  const keep = random() < 0.8;
  switch (kind) {
    case "fence":
      return { kind, n: Math.max(1, n), id: pick(random, IDS) };
    case "publish":
    case "raise":
      return { kind, n, id: pick(random, IDS), keep };
    case "lease":
      return { kind, token: pick(random, TOKENS) };
    case "fill":
      return { kind, n, token: pick(random, TOKENS), keep };
  }
}

/** What a command answered, in a form that both sides share. */
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
        const step = this.#transitions.fence(this.#entry, { epoch, version: versionOf(command.n), id: command.id });
        this.#entry = step.entry;
        return step.reply;
      }
      case "lease": {
        const step = this.#transitions.lease(this.#entry, { epoch, token: command.token });
        this.#entry = step.entry;
        return step.reply;
      }
      case "fill": {
        const { token, keep } = command;
        this.#entry = this.#transitions.fill(this.#entry, { epoch, token, copy: copyOf(command.n), keep });
        return { kind: "settled" };
      }
      case "publish":
      case "raise": {
        const { id, keep, kind } = command;
        this.#entry = this.#transitions[kind](this.#entry, { epoch, id, copy: copyOf(command.n), keep });
        return { kind: "settled" };
      }
    }
  }
}

/** The same command on a cache. */
export async function runOnCache(
  cache: Cache,
  epoch: number,
  key: string,
  command: SampleCommand,
): Promise<SampleReply | CacheFailure> {
  switch (command.kind) {
    case "fence":
      return (await cache.fence(epoch, [{ key, version: versionOf(command.n), id: command.id }]))[0];
    case "lease":
      return (await cache.lease(epoch, [{ key, token: command.token, ttlMs: TTL_MS }]))[0];
    case "fill": {
      const { token, keep } = command;
      return (await cache.fill(epoch, [{ key, token, copy: copyOf(command.n), ttlMs: keep ? TTL_MS : 0 }]))[0];
    }
    case "publish":
    case "raise": {
      const { id, keep, kind } = command;
      return (await cache[kind](epoch, [{ key, id, copy: copyOf(command.n), ttlMs: keep ? TTL_MS : 0 }]))[0];
    }
  }
}
