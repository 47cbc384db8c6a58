/** The configuration of one load, from its arguments. */
import { exitCodesText, optionsText, readOptions, SettingsError } from "@trilane/lane-kit";
import { loadExitMeanings, loadOptions } from "./options.ts";
import { type DeadMax, parseDeadMax } from "./report/refusals.ts";
import type { ObjectFilter } from "./s3/passed-over.ts";

export interface LoadConfig {
  readonly group: string;
  readonly source: string;
  readonly isManifest: boolean;
  /** Whether the report is JSON instead of text. */
  readonly isJson: boolean;
  readonly loadId: string | null;
  readonly filter: ObjectFilter;
  readonly deadMax: DeadMax | null;
  /** Objects whose content was loaded last from their address are left out. */
  readonly skipUnchanged: boolean;
}

const OPTIONS = { ...loadOptions, json: { text: "the report as JSON on standard output" } } as const;

export const loadUsage = `usage: batch-loader --group <name> [options] <source>

  <source>  s3://bucket/object, s3://bucket/prefix/, or s3://bucket/x.manifest.json

${optionsText(OPTIONS)}

${exitCodesText(loadExitMeanings)}

example: batch-loader --group routes s3://flights/2001/
`;

/** @throws SettingsError */
export function readLoadConfig(args: readonly string[]): LoadConfig {
  const { values, positionals } = readOptions(OPTIONS, args, { positionalsMax: 1 });
  const [source] = positionals;
  if (source === undefined) throw new SettingsError("arguments", "expected one source");
  const { group, manifest: isManifest, json: isJson, include, exclude } = values;
  if (group === null) throw new SettingsError("arguments", "expected --group <name>");
  const deadMax = deadMaxOf(values["dead-max"]);
  const skipUnchanged = values["skip-unchanged"];
  return {
    skipUnchanged,
    group,
    source,
    isManifest,
    isJson,
    loadId: values["load-id"],
    filter: { include, exclude },
    deadMax,
  };
}

function deadMaxOf(text: string | null): DeadMax | null {
  if (text === null) return null;
  const deadMax = parseDeadMax(text);
  if (deadMax !== null) return deadMax;
  throw new SettingsError("--dead-max", `it is "${text}"; expected a number of rows, or a share such as 0.5%`);
}
