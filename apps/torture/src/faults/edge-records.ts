/**
 * Records of the faults at the edges. Nothing else writes their keys, so their
 * end can be compared at once, while the rest of the run goes on.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Platform } from "@trilane/lane-kit";
import { type SensorFields } from "../workload/sent-records.ts";
import type { EdgeOutcome } from "./edge-fault.ts";
import { GROUP } from "../torture.config.ts";

const POLL_MS = 200;
/** In this time a lane may be killed again and again, and its servers too. */
const SETTLED_WITHIN_MS = 240_000;

export class EdgeRecords {
  /** Records contain this word, and no log may contain it. */
  static readonly PAYLOAD_MARKER = "p4yl0ad-m4rker";
  /** The person of all of them, whom nobody erases. No log may contain the name either. */
  static readonly OWNER = "0wner-of-edges";
  readonly #kind: string;
  #count = 0;

  /** @param kind the beginning of the ids, of letters and hyphens */
  constructor(kind: string) {
    this.#kind = kind;
  }

  /** Each has an id of its own. */
  next(): SensorFields {
    this.#count += 1;
    const { OWNER: owner, PAYLOAD_MARKER: pad } = EdgeRecords;
    return { id: `${this.#kind}-${this.#count}`, at: Date.now(), n: this.#count, owner, pad };
  }
}

/** The ids that are not there after a long time; none as soon as all are there. */
export async function missingAfterWait(
  { reader }: Pick<Platform, "reader">,
  expected: readonly SensorFields[],
): Promise<readonly string[]> {
  const untilMs = performance.now() + SETTLED_WITHIN_MS;
  let left = expected;
  for (;;) {
    left = await absentOf(reader, left);
    if (left.length === 0 || performance.now() > untilMs) return left.map(({ id }) => id);
    await delay(POLL_MS);
  }
}

/** The ids that are there, of those that must not be. */
export async function presentOf(
  { reader }: Pick<Platform, "reader">,
  unexpected: readonly SensorFields[],
): Promise<readonly string[]> {
  const absent = new Set((await absentOf(reader, unexpected)).map(({ id }) => id));
  return unexpected.map(({ id }) => id).filter((id) => !absent.has(id));
}

export function outcomeOf(
  detail: string,
  effects: number,
  { missing, wrong }: { readonly missing: readonly string[]; readonly wrong: readonly string[] },
): EdgeOutcome {
  return {
    detail,
    effects,
    problems: [...missing.map((id) => `${id} is missing`), ...wrong.map((id) => `${id} must not be there`)],
  };
}

/** The caller, or this function, repeats a read that fails because the store or the cache is away. */
async function absentOf(
  reader: Platform["reader"],
  records: readonly SensorFields[],
): Promise<readonly SensorFields[]> {
  const found = await Promise.all(
    records.map(async (record) => {
      for (;;) {
        const read = await reader.get(GROUP, { id: record.id }).catch(() => undefined);
        // An older record of the key is not the one that is asked for.
        if (read !== undefined) return read === null || Number(read.features["n"]) < record.n ? null : record;
        await delay(POLL_MS);
      }
    }),
  );
  return records.filter((_, index) => found[index] === null);
}
