/** Whole loads, by the engine and row by row. The right outcome is the one of the row path. */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LoadEngine } from "@trilane/batch-loader/reading";
import { edgeKind } from "../kind.ts";
import { DuckDbFiles } from "../parquet/duckdb-files.ts";
import { type LoadedState, loadInMemory } from "./load-in-memory.ts";
import { configOf, type GeneratedObject, type ReductionCase, reductionCases } from "./reduction-case.ts";

const ENGINE = {
  memoryBytes: 536_870_912,
  threads: 1,
  idle: [],
  folder: join(tmpdir(), `trilane-edges-${process.pid}`),
};
/** The bytes of the trailer, at which a change says nothing of columns. */
const TRAILER_BYTES = 8;

export const reductionKind = edgeKind<ReductionCase>(
  "reduction",
  "Parquet loads with ties, NULLs, refused, expired and erased rows, damage, and ends at any checkpoint; right is the row path",
  async () => {
    const files = await DuckDbFiles.open();
    const engine = new LoadEngine(ENGINE);
    const contentsOf = async ({ objects }: ReductionCase): Promise<readonly Uint8Array[]> => {
      const contents: Uint8Array[] = [];
      for (const object of objects) contents.push(await bytesOf(object, files));
      return contents;
    };
    return {
      cases: reductionCases,
      async check(one) {
        const contents = await contentsOf(one);
        const config = configOf(one.group);
        const right = await loadInMemory({ one, contents, config, engine: null, isDisturbed: false });
        const found = await loadInMemory({ one, contents, config, engine, isDisturbed: true });
        const problem = one.group.checksWinners ? differenceOfWinners(found, right) : differenceOf(found, right);
        if (problem !== null) throw new Error(problem);
      },
      async fileOf(one) {
        const contents = await contentsOf(one);
        const objects = contents.map((bytes) => Buffer.from(bytes).toString("base64"));
        const text = JSON.stringify(
          { ...one, objects },
          (_, value: unknown) => (typeof value === "bigint" ? `${value}n` : value),
          2,
        );
        return { extension: "json", bytes: Buffer.from(text) };
      },
      close: () => files.close(),
    };
  },
);

async function bytesOf({ file, damagedAt }: GeneratedObject, files: DuckDbFiles): Promise<Uint8Array> {
  const { writing } = file;
  if (writing.writer !== "duckdb") throw new TypeError("the cases are written by DuckDB");
  const bytes = new Uint8Array(await files.write(file, writing));
  if (damagedAt === null) return bytes;
  const at = Math.floor(damagedAt * (bytes.length - TRAILER_BYTES));
  bytes[at] = (bytes[at] ?? 0) ^ 0xff;
  return bytes;
}

type Pair = readonly [name: string, found: unknown, right: unknown];

/** Null where both are the same, apart from which of the rows that lost are `superseded` or `duplicate`. */
function differenceOf(found: LoadedState, right: LoadedState): string | null {
  return firstDifference(found, [
    ["rows that were taken", takenOf(found), takenOf(right)],
    ["expired", found.counts.expired, right.counts.expired],
    ["dead", found.counts.dead, right.counts.dead],
    ["dead letters", found.letters, right.letters],
    ...alwaysEqual(found, right),
  ]);
}

/**
 * The same where only winners are checked. Each row that would win without its fault has its letter, no letter is
 * another one than row by row, and each row is counted once.
 */
function differenceOfWinners(found: LoadedState, right: LoadedState): string | null {
  const all = new Set(right.letters);
  const ofFound = new Set(found.letters);
  const unchecked = right.counts.dead - found.counts.dead;
  const expiredUnchecked = found.counts.expired - right.counts.expired;
  return firstDifference(found, [
    ["letters that are none row by row", found.letters.filter((letter) => !all.has(letter)), []],
    ["letters that are missing", right.lettersOfWinners.filter((letter) => !ofFound.has(letter)), []],
    ["letters that are there twice", found.letters.length - ofFound.size, 0],
    ["dead rows without a letter", found.counts.dead - found.letters.length, 0],
    ["all rows", rowsOf(found), rowsOf(right)],
    ["expired rows that were not checked", 0 <= expiredUnchecked && expiredUnchecked <= unchecked, true],
    ...alwaysEqual(found, right),
  ]);
}

function alwaysEqual(found: LoadedState, right: LoadedState): readonly Pair[] {
  return [
    ["erased", found.counts.erased, right.counts.erased],
    ["records", [...found.records], [...right.records]],
    ["objects that cannot be read", found.failures, right.failures],
  ];
}

function takenOf({ counts }: LoadedState): number {
  return counts.applied + counts.superseded + counts.duplicate;
}

function rowsOf(state: LoadedState): number {
  const { expired, erased, dead } = state.counts;
  return takenOf(state) + expired + erased + dead;
}

function firstDifference({ reasons }: LoadedState, pairs: readonly Pair[]): string | null {
  for (const [name, one, other] of pairs) {
    if (JSON.stringify(one) === JSON.stringify(other)) continue;
    return `${name}: by the engine ${JSON.stringify(one)}, row by row ${JSON.stringify(other)}; ${reasons.join("; ")}`;
  }
  return null;
}
