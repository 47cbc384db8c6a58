/**
 * The reads. They begin around the steps of writers, mostly for the keys of the
 * step, because a read could go wrong there. They also begin around each other,
 * in another process, because a read must see what an earlier read has seen.
 */
import type { Configuration } from "./configuration.ts";
import type { Dice } from "./dice.ts";
import type { EventQueue } from "./event-queue.ts";
import type { Fleet, Member } from "./fleet.ts";
import type { Ledger } from "./ledger.ts";
import type { Workload } from "./workload.ts";

export interface ReadTrafficParts {
  readonly configuration: Configuration;
  readonly queue: EventQueue;
  readonly dice: Dice;
  readonly fleet: Fleet;
  readonly ledger: Ledger;
  readonly workload: Workload;
  /** True when no lane has work left, so no more reads begin. */
  readonly isOver: () => boolean;
}

const WRITERS_STEPS: ReadonlySet<string> = new Set(["fence", "put", "publish", "acknowledged"]);
const DELAY_US_MIN = 1;
const DELAY_US_MAX = 30_000;
const READS_AT_RESUMPTION = 4;
/** The share of reads whose keys are those of the step. */
const NEAR_SHARE = 0.7;

export class ReadTraffic {
  readonly #parts: ReadTrafficParts;

  constructor(parts: ReadTrafficParts) {
    this.#parts = parts;
  }

  onStep(step: string, keys: readonly string[]): void {
    const { dice, configuration, workload, isOver } = this.#parts;
    if (!WRITERS_STEPS.has(step) || isOver()) return;
    for (let left = dice.count(configuration.readsPerStep); left > 0; left -= 1) {
      const near = dice.chance(NEAR_SHARE) ? keys[dice.whole(0, keys.length - 1)] : undefined;
      this.#readSoon(near ?? workload.pickKey());
    }
  }

  /** A reader that stood still is asked at once, before it learns what happened meanwhile. */
  onResume(member: Member): void {
    const { queue, dice, workload, isOver } = this.#parts;
    if (member.role !== "reader") return;
    for (let left = READS_AT_RESUMPTION; left > 0; left -= 1) {
      const key = workload.pickKey();
      queue.after(dice.logBetween(DELAY_US_MIN, DELAY_US_MAX), () => {
        if (member.process.isRunning && !isOver()) void this.read(member, [key]);
      });
    }
  }

  /** Reads in a given process, and records the results; resolves with the source of each answer. */
  async read(member: Member, keys: readonly string[]): Promise<readonly (string | null)[]> {
    const { ledger } = this.#parts;
    const { process, reader } = member;
    if (reader === null) return [];
    const invoke = ledger.stampNs();
    member.pending += 1;
    const [only] = keys;
    const isSingle = keys.length === 1 && only !== undefined;
    const results = isSingle ? [await reader.readOne(only)] : await reader.read(keys);
    member.pending -= 1;
    const returned = ledger.stampNs();
    return keys.map((key, index) => {
      const result = results[index];
      if (result === undefined) {
        ledger.problem(`no result for ${key}`);
        return null;
      }
      ledger.read(process, key, result, { invoke, returned });
      return result.kind === "failed" ? null : result.source;
    });
  }

  #readSoon(key: string): void {
    const { queue, dice, fleet, configuration, workload } = this.#parts;
    queue.after(dice.logBetween(DELAY_US_MIN, DELAY_US_MAX), () => {
      const [first, ...others] = fleet.running("reader");
      if (first === undefined) return;
      const keys = [key];
      for (let more = dice.whole(1, configuration.keysPerRead); more > 1; more -= 1) keys.push(workload.pickKey());
      void this.#readAndFollow(dice.pick([first, ...others]), keys);
    });
  }

  async #readAndFollow(member: Member, keys: readonly string[]): Promise<void> {
    const { dice, configuration, isOver } = this.#parts;
    await this.read(member, keys);
    const [key] = keys;
    if (key !== undefined && !isOver() && dice.chance(configuration.rereadShare)) this.#readSoon(key);
  }
}
