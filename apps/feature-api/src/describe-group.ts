/** `GET /v1/groups`: the feature groups of this deployment that the client may read. */
import type { FeatureConfig, FeatureGroup } from "@trilane/feature-groups";
import type { FastifyInstance } from "fastify";
import { mayRead } from "./api-access.ts";
import { groupsSchema } from "./route-schemas.ts";

export interface DescribedGroup {
  readonly name: string;
  /** The key fields, in order. */
  readonly key: readonly string[];
  /** The declared types of key fields. */
  readonly keyTypes: FeatureGroup["keyTypes"];
  /** The field with the event time and its unit; null where the event time is the source's. */
  readonly eventTime: { readonly field: string; readonly unit: string } | null;
  readonly ttlMs: number;
  readonly schemaVersion: number;
}

export function addGroupsRoute(api: FastifyInstance, config: FeatureConfig): void {
  const groups = Object.values(config.groups).map(describeGroup);
  api.get("/v1/groups", { schema: groupsSchema }, (request) => ({
    groups: groups.filter(({ name }) => mayRead(request, name)),
  }));
}

export function describeGroup({ name, key, keyTypes, eventTime, ttlMs, schemaVersion }: FeatureGroup): DescribedGroup {
  const rule = "field" in eventTime ? { field: eventTime.field, unit: eventTime.unit } : null;
  return { name, key, keyTypes, eventTime: rule, ttlMs, schemaVersion };
}
