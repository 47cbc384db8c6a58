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
        const problem = differenceOf(found, right);
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

/** Null where both are the same, apart from which of the rows that lost are `superseded` or `duplicate`. */
function differenceOf(found: LoadedState, right: LoadedState): string | null {
  const written = ({ counts }: LoadedState): number => counts.applied + counts.superseded + counts.duplicate;
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ["rows that were taken", written(found), written(right)],
    ["expired", found.counts.expired, right.counts.expired],
    ["erased", found.counts.erased, right.counts.erased],
    ["dead", found.counts.dead, right.counts.dead],
    ["dead letters", found.letters, right.letters],
    ["records", [...found.records], [...right.records]],
    ["objects that cannot be read", found.failures, right.failures],
  ];
  for (const [name, one, other] of pairs) {
    if (JSON.stringify(one) === JSON.stringify(other)) continue;
    return `${name}: by the engine ${JSON.stringify(one)}, row by row ${JSON.stringify(other)}; ${found.reasons.join("; ")}`;
  }
  return null;
}
