/**
 * Resolvers read the current record of a group's entity from its source, for
 * `refresh` jobs.
 */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { FeatureConfig } from "@trilane/feature-groups";
import { shownMessage } from "@trilane/lane-kit";
import { JobError } from "./errors.ts";

export type EntityFields = Readonly<Record<string, unknown>>;

export interface ResolverContext {
  readonly group: string;
  /** Fires when the answer is not wanted any more. */
  readonly signal: AbortSignal;
}

/**
 * Returns the entity's current record, in the form of a put, or null where there is none any more; then the entity is
 * deleted. A rejection runs the job again later.
 */
export type Resolver = (key: EntityFields, context: ResolverContext) => Promise<EntityFields | null>;

/** By group. */
export type Resolvers = Readonly<Record<string, Resolver>>;

/**
 * Loads the module that exports `resolvers`.
 * @throws JobError INVALID_SETTING naming the file and the remedy
 */
export async function loadResolvers(path: string, config: FeatureConfig): Promise<Resolvers> {
  const file = resolve(path);
  if (!existsSync(file)) throw invalid(`the resolvers should be in ${file}, and there is no such file`);
  const { resolvers } = await importModule(file);
  if (typeof resolvers !== "object" || resolvers === null) {
    throw invalid(`${file} exports no resolvers; write \`export const resolvers = { <group>: async (key) => ... }\``);
  }
  for (const [group, resolver] of Object.entries(resolvers)) {
    if (!Object.hasOwn(config.groups, group)) throw invalid(`${file} has a resolver for "${group}", which is no group`);
    if (typeof resolver !== "function") throw invalid(`the resolver for "${group}" in ${file} is no function`);
  }
  return resolvers as Resolvers;
}

async function importModule(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await import(pathToFileURL(file).href);
  } catch (cause) {
    throw new JobError("INVALID_SETTING", `cannot load ${file}: ${shownMessage(cause)}`, { cause });
  }
}

function invalid(message: string): JobError {
  return new JobError("INVALID_SETTING", message);
}
