/** Which faults were caused, and how often each had an effect: a fault that met nothing proves nothing. */
export interface FaultCount {
  /** How often it was begun. */
  caused: number;
  /** What it met: connections, chunks of bytes, requests, processes, evicted keys. */
  effects: number;
}

export interface CausedFault {
  readonly kind: string;
  /** When it began: nanoseconds of the clock of the histories. */
  readonly atNs: number;
}

export class FaultLog {
  readonly caused: CausedFault[] = [];
  /** What a fault found that must not be. */
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

  /** Kinds that are told even where they never had an effect. */
  expect(kinds: readonly string[]): void {
    for (const kind of kinds) this.#countOf(kind);
  }

  /** When a fault begins, for those of which the moment matters. */
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
