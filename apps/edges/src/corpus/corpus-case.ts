/**
 * The corpus: small files, listings, messages and jobs in the forms that other
 * systems write, each with its origin and its right result.
 * `test/corpus/index.ndjson` has one line for each; to add a case, add a file
 * and a line.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as z from "zod";

const letter = z.strictObject({
  reason: z.string(),
  /** In the form of the letter; left out where the file itself says it. */
  input: z.unknown().optional(),
});

const common = {
  /** Also the name of the case's feature group. */
  name: z.string().regex(/^[a-z][a-z0-9-]*$/),
  /** Below `test/corpus`. */
  file: z.string(),
  /** The writer or system that makes such an input, in one line. */
  seen: z.string().min(1),
  /** The definition of the group, of those that the test has. */
  group: z.enum(["any", "strict", "integer-key", "boolean-key", "text-key"]),
  /** The counts by status; those that are left out are 0. */
  receipts: z.record(z.string(), z.number()),
  /** The stored features under each `id`, or null for none. */
  values: z.record(z.string(), z.unknown()),
  letters: z.array(letter),
};

const corpusCase = z.discriminatedUnion("lane", [
  /** An object, loaded by its address. */
  z.strictObject({ lane: z.literal("batch"), ...common, outcome: z.string() }),
  /** A prefix: the file is an object of names and texts. */
  z.strictObject({
    lane: z.literal("listing"),
    ...common,
    outcome: z.string(),
    /** The number of objects for each reason. */
    passedOver: z.record(z.string(), z.number()),
  }),
  /** Messages of one topic, in base64 where they are no text. */
  z.strictObject({ lane: z.literal("stream"), ...common }),
  /** One job in the form that another client sends; `refusal` is in the reason of a job that fails for good. */
  z.strictObject({ lane: z.literal("job"), ...common, refusal: z.string().nullable() }),
]);

export type CorpusCase = z.infer<typeof corpusCase>;

const FOLDER = new URL("../../../../test/corpus/", import.meta.url);
const INDEX = "index.ndjson";

export function corpusPath(file: string): string {
  return fileURLToPath(new URL(file, FOLDER));
}

/** @throws Error that names the line */
export function readCorpus(): readonly CorpusCase[] {
  const lines = readFileSync(corpusPath(INDEX), "utf8").trimEnd().split("\n");
  return lines.map((line, index) => {
    const parsed = corpusCase.safeParse(JSON.parse(line));
    if (parsed.success) return parsed.data;
    throw new Error(`line ${index + 1} of the corpus: ${z.prettifyError(parsed.error)}`);
  });
}
