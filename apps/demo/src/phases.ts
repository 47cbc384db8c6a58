/** Where the demo's time goes: its phases, one after the other, and what ran beside each other in one of them. */

export interface Phase {
  readonly name: string;
  readonly seconds: number;
  /** Its parts, which run at the same time. */
  readonly parts?: readonly Phase[];
}

const MS_PER_SECOND = 1_000;

export class Phases {
  readonly #all: Phase[] = [];
  #beganMs: number;

  /** @param beganMs when the first phase began, by the monotonic clock; 0 is the start of the process */
  constructor(beganMs: number) {
    this.#beganMs = beganMs;
  }

  get all(): readonly Phase[] {
    return this.#all;
  }

  /** Ends the phase that runs, and begins the next one. */
  end(name: string, nowMs: number, parts: readonly Phase[] = []): void {
    const seconds = (nowMs - this.#beganMs) / MS_PER_SECOND;
    this.#all.push(parts.length === 0 ? { name, seconds } : { name, seconds, parts });
    this.#beganMs = nowMs;
  }
}

/** One line for each phase and part. */
export function phaseLines(phases: readonly Phase[], indent = "  "): readonly string[] {
  const width = Math.max(...flat(phases).map(({ name, depth }) => name.length + depth * indent.length));
  return flat(phases).map(({ name, seconds, depth }) => {
    const start = indent.repeat(depth) + name;
    return `${indent}${start.padEnd(width)}  ${seconds.toFixed(1).padStart(6)} s`;
  });
}

function flat(phases: readonly Phase[], depth = 0): readonly (Phase & { readonly depth: number })[] {
  return phases.flatMap((phase) => [{ ...phase, depth }, ...flat(phase.parts ?? [], depth + 1)]);
}
