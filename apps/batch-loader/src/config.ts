/** The arguments of the loader's process. */
import { parseArgs } from "node:util";
import type { ObjectFilter } from "./s3/passed-over.ts";
import { type DeadMax, parseDeadMax } from "./report/refusals.ts";

export interface LoadArguments {
  readonly group: string;
  readonly source: string;
  readonly isManifest: boolean;
  readonly isJson: boolean;
  readonly loadId: string | null;
  readonly filter: ObjectFilter;
  readonly deadMax: DeadMax | null;
}

export type CommandLine =
  | { readonly kind: "load"; readonly arguments: LoadArguments }
  | { readonly kind: "help" }
  | { readonly kind: "wrong"; readonly problem: string };

export const USAGE = `usage: node apps/batch-loader/src/main.ts --group <name> [options] <source>

  <source>        s3://bucket/object, s3://bucket/prefix/, or s3://bucket/x.manifest.json
  --group <name>  the feature group that the rows are records of
  --include <p>   of the objects under a prefix those that fit the pattern; * is within a segment, ** is all
  --exclude <p>   those that do not; both can be given more than once
  --dead-max <n>  so many rows may be refused, or such a share (0.5%); default: all but one
  --manifest      the source is a manifest, whatever its name
  --load-id <id>  instead of the id that follows from the group and the objects
  --json          the report as JSON on standard output
  --help          this text

Exit codes:
  0   loaded, or done before
  1   failed: an object cannot be read, the source is wrong
  2   wrong arguments, or a setting is missing
  4   rows were refused, and none was good, or more were than --dead-max; the good ones are loaded
  75  interrupted, or a server gave no answer: run it again, it resumes

  node apps/batch-loader/src/main.ts --group routes s3://flights/2001/
`;

export function readCommandLine(args: readonly string[]): CommandLine {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        group: { type: "string" },
        manifest: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        "load-id": { type: "string" },
        "dead-max": { type: "string" },
        include: { type: "string", multiple: true, default: [] },
        exclude: { type: "string", multiple: true, default: [] },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) return { kind: "help" };
    const [source, ...others] = positionals;
    if (source === undefined || others.length > 0) return { kind: "wrong", problem: "expected one source" };
    if (values.group === undefined) return { kind: "wrong", problem: "expected --group <name>" };
    const loadId = values["load-id"] ?? null;
    const deadMaxText = values["dead-max"];
    const deadMax = deadMaxText === undefined ? null : parseDeadMax(deadMaxText);
    if (deadMaxText !== undefined && deadMax === null) {
      return { kind: "wrong", problem: "expected --dead-max as a number of rows, or as a share such as 0.5%" };
    }
    const { group, manifest: isManifest, json: isJson, include, exclude } = values;
    return {
      kind: "load",
      arguments: { group, source, isManifest, isJson, loadId, filter: { include, exclude }, deadMax },
    };
  } catch (error) {
    return { kind: "wrong", problem: error instanceof Error ? error.message : String(error) };
  }
}
