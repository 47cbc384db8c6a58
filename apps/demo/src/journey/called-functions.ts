/**
 * Finds the functions of this repository that a process has called, by V8's
 * coverage, and those that one record adds to them.
 */
import { relative } from "node:path";
import { fileURLToPath } from "node:url";

/** The parts of V8's coverage that are needed here. */
export interface ScriptCoverage {
  readonly url: string;
  readonly functions: readonly {
    readonly functionName: string;
    readonly ranges: readonly { readonly startOffset: number; readonly count: number }[];
  }[];
}

export interface CalledFunction {
  /** The path from the repository's root. */
  readonly file: string;
  /** Empty for a function without a name. */
  readonly name: string;
  /** Its position in the file, which distinguishes functions without a name. */
  readonly offset: number;
}

const SOURCES = /^(apps|packages)\/[^/]+\/src\//;

/** In the order of files and positions. Code at offset 0 runs when a module is loaded, so it is not a call. */
export function calledFunctions(scripts: readonly ScriptCoverage[], root: string): readonly CalledFunction[] {
  return scripts
    .filter(({ url }) => url.startsWith("file:"))
    .map((script) => ({ ...script, file: relative(root, fileURLToPath(script.url)) }))
    .filter(({ file }) => SOURCES.test(file))
    .flatMap(({ file, functions }) =>
      functions.flatMap(({ functionName: name, ranges: [range] }): CalledFunction[] =>
        range === undefined || range.count === 0 || range.startOffset === 0
          ? []
          : [{ file, name, offset: range.startOffset }],
      ),
    )
    .toSorted((left, right) => left.file.localeCompare(right.file) || left.offset - right.offset);
}

/** The functions that were called only in `now`. */
export function addedCalls(
  before: readonly CalledFunction[],
  now: readonly CalledFunction[],
): readonly CalledFunction[] {
  const known = new Set(before.map(keyOf));
  return now.filter((called) => !known.has(keyOf(called)));
}

function keyOf({ file, offset }: CalledFunction): string {
  return `${file}:${offset}`;
}

/** One line for each file: its named functions in the order of the file. Functions without a name are only counted. */
export function journeyText(calls: readonly CalledFunction[]): string {
  const files = [...Map.groupBy(calls, ({ file }) => file)];
  const rows = files.map(([file, ofFile]) => `- \`${file}\`: ${functionsText(ofFile)}`);
  return [...rows, "", `${files.length} files, ${calls.length} functions`].join("\n");
}

function functionsText(calls: readonly CalledFunction[]): string {
  const names = calls.filter(({ name }) => name !== "").map(({ name }) => name);
  const nameless = calls.length - names.length;
  return [...new Set(names), ...(nameless === 0 ? [] : [`${nameless} without a name`])].join(", ");
}
