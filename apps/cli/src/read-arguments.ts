/** Arguments as people type them: keys as words in the order of the key fields, records as JSON, times as ISO. */
import {
  type FeatureConfig,
  type FeatureGroup,
  groupOf,
  parseExactJson,
  parseIsoTimeUs,
} from "@trilane/feature-groups";
import { type CliError, usageError } from "./errors.ts";

export type EntityFields = Readonly<Record<string, string>>;

export interface Entity {
  readonly group: FeatureGroup;
  readonly key: EntityFields;
}

/** A record is at most 380 KB; several of them may come in one text. */
export const STDIN_BYTES_MAX: number = 16 * 1_024 * 1_024;

/**
 * The entity for a group's name and the words after it.
 * @throws FeatureGroupError UNKNOWN_GROUP; CliError USAGE
 */
export function readEntity(config: FeatureConfig, groupName: string, parts: readonly string[]): Entity {
  const group: FeatureGroup = groupOf(config, groupName);
  if (parts.length !== group.key.length) throw keyError(group, parts);
  return { group, key: Object.fromEntries(group.key.map((field, index) => [field, parts[index] ?? ""])) };
}

function keyError(group: FeatureGroup, parts: readonly string[]): CliError {
  const fields = group.key.map((field) => `<${field}>`).join(" ");
  const missing = group.key.slice(parts.length);
  const problem = missing.length > 0 ? `missing key field ${missing.join(", ")}` : `${parts.length} key fields`;
  return usageError(`${problem}: "${group.name}" takes ${fields}, and got ${parts.length}. Quote values with spaces.`);
}

/**
 * Reads JSON with exact numbers: nothing is rounded.
 * @throws CliError USAGE
 */
export function readJson(text: string): unknown {
  try {
    return parseExactJson(text);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw usageError(`not JSON: ${message}. Quote it for the shell: '{"field": 1}'`);
  }
}

/** The text itself, or all of stdin for `-`. @throws CliError USAGE */
export async function readText(
  argument: string,
  stdin: AsyncIterable<Buffer | string> = process.stdin,
): Promise<string> {
  if (argument !== "-") return argument;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stdin) {
    const buffer = Buffer.from(chunk);
    bytes += buffer.length;
    if (bytes > STDIN_BYTES_MAX) throw usageError(`more than ${STDIN_BYTES_MAX} bytes on stdin: load a file instead`);
    chunks.push(buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Microseconds since 1970. @throws CliError USAGE */
export function readTimeUs(text: string): number {
  const timeUs = parseIsoTimeUs(text);
  if (Number.isSafeInteger(timeUs)) return timeUs;
  throw usageError(`"${text}" is not a time: write 2001-05-31T23:59:00Z`);
}
