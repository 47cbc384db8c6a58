/**
 * Counts which faults were caused, and how often each had an effect: a fault
 * without an effect proves nothing.
 */
export interface FaultCount {
  /** How often it was begun. */
  caused: number;
  /** The number of affected connections, chunks of bytes, requests, processes, or evicted keys. */
  effects: number;
}

export interface CausedFault {
  readonly kind: string;
  /** When it began, in nanoseconds of the histories' clock. */
  readonly atNs: number;
}

export class FaultLog {
  readonly caused: CausedFault[] = [];
  /** Sentences about results that must not be. */
  readonly problems: string[] = [];
  readonly #counts = new Map<string, FaultCount>();
  readonly #lines: string[] = [];
  readonly #say: (line: string) => void;

  constructor(say: (line: string) => void = () => undefined) {
    this.#say = say;
  }

  get counts(): ReadonlyMap<string, Readonly<FaultCount>> {
    return this.#counts;
  }

  /** Kinds that are reported even if they never had an effect. */
  expect(kinds: readonly string[]): void {
    for (const kind of kinds) this.#countOf(kind);
  }

  /** Records the moment when a fault begins, for faults whose moment matters. */
  begin(kind: string): void {
    this.caused.push({ kind, atNs: Number(process.hrtime.bigint()) });
  }

  record(kind: string, detail: string, effects: number): void {
    const count = this.#countOf(kind);
    count.caused += 1;
    count.effects += effects;
    const line = `${kind}: ${detail} (${effects})`;
    this.#lines.push(line);
    this.#say(line);
  }

  problem(kind: string, detail: string): void {
    this.problems.push(`${kind}: ${detail}`);
    this.#say(`PROBLEM: ${kind}: ${detail}`);
  }

  #countOf(kind: string): FaultCount {
    const known = this.#counts.get(kind);
    if (known !== undefined) return known;
    const count: FaultCount = { caused: 0, effects: 0 };
    this.#counts.set(kind, count);
    return count;
  }
}
