/** The result of a case, in the form of its line of the index. */
import type { CorpusCase } from "../../src/corpus/corpus-case.ts";
import type { CorpusSetting } from "./corpus-setting.ts";

export interface FoundLetter {
  readonly reason: string;
  readonly input: unknown;
}

/** The stored features under each id that the case names. */
export async function storedValues(
  { platform }: CorpusSetting,
  { name, values }: CorpusCase,
): Promise<Readonly<Record<string, unknown>>> {
  const ids = Object.keys(values);
  const records = await Promise.all(ids.map((id) => platform.reader.get(name, { id })));
  return Object.fromEntries(ids.map((id, index) => [id, asJson(records[index]?.features ?? null)]));
}

/** Integers beyond a double become text, as in letters and in the API. */
function asJson(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_name, inner: unknown) => (typeof inner === "bigint" ? String(inner) : inner)),
  );
}

export function countsOf(counts: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

export function countReceipts(receipts: readonly { readonly status: string }[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { status } of receipts) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** An input that the line of the index leaves out is left out here too. */
export function asInIndex(found: readonly FoundLetter[], { letters }: CorpusCase): CorpusCase["letters"] {
  return found.map(({ reason, input }, index) =>
    letters[index] !== undefined && "input" in letters[index] ? { reason, input } : { reason },
  );
}
