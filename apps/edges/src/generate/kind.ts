/**
 * A kind of generated input: its cases, the right result of each, and how a
 * case is kept as a file.
 *
 * The right result never comes from a library that the product decodes with. It
 * is what the generator itself wrote, or a second reading by another program.
 */
import fc from "fast-check";

/** A case as a file that a person can look at, and that the corpus can take. */
export interface CaseFile {
  readonly extension: string;
  readonly bytes: Uint8Array;
}

export interface EdgeKind {
  readonly name: string;
  /** Says what is generated, and what decides which result is right. */
  readonly text: string;
  run(options: RunOptions): Promise<KindOutcome>;
}

export interface RunOptions {
  readonly cases: number;
  readonly seed: number;
  /** After so many milliseconds the run ends, with fewer cases. */
  readonly timeLimitMs: number;
}

export type KindOutcome =
  | { readonly kind: "held"; readonly cases: number }
  | { readonly kind: "found"; readonly cases: number; readonly problem: string; readonly file: CaseFile };

/** The parts of one kind. */
export interface KindParts<Case> {
  readonly cases: fc.Arbitrary<Case>;
  /** Throws where the product's result is not the right one. */
  check(one: Case): Promise<void>;
  fileOf(one: Case): CaseFile | Promise<CaseFile>;
  /** Called after the last case. */
  close?(): void | Promise<void>;
}

export function edgeKind<Case>(name: string, text: string, open: () => Promise<KindParts<Case>>): EdgeKind {
  return {
    name,
    text,
    async run({ cases, seed, timeLimitMs }) {
      const parts = await open();
      try {
        const property = fc.asyncProperty(parts.cases, (one) => parts.check(one));
        const details = await fc.check(property, {
          seed,
          numRuns: cases,
          interruptAfterTimeLimit: timeLimitMs,
          markInterruptAsFailure: false,
        });
        if (details.counterexample === null) return { kind: "held", cases: details.numRuns };
        const [smallest] = details.counterexample;
        const problem = details.errorInstance instanceof Error ? details.errorInstance.message : "it failed";
        return { kind: "found", cases: details.numRuns, problem, file: await parts.fileOf(smallest) };
      } finally {
        await parts.close?.();
      }
    },
  };
}
