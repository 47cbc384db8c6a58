/** Says which topic feeds which feature group. */
import type { FeatureConfig } from "@trilane/feature-groups";
import { StreamError } from "./errors.ts";

/** Group by topic. */
export type TopicBindings = ReadonlyMap<string, string>;

const REMEDY = 'write --topic <topic>=<group>, as in "--topic flights=routes"';

/** Parses texts of the form `topic=group`. @throws StreamError BINDING_INVALID */
export function parseBindings(texts: readonly string[]): TopicBindings {
  const bindings = new Map<string, string>();
  for (const text of texts) {
    const [topic, group, ...rest] = text.split("=");
    if (topic === undefined || topic === "" || group === undefined || group === "" || rest.length > 0) {
      throw new StreamError("BINDING_INVALID", `"${text}" binds no topic to a group: ${REMEDY}`);
    }
    if (bindings.has(topic)) {
      throw new StreamError("BINDING_INVALID", `topic "${topic}" is bound twice: one topic feeds one group`);
    }
    bindings.set(topic, group);
  }
  if (bindings.size === 0) throw new StreamError("BINDING_INVALID", `no topic is bound: ${REMEDY}`);
  return bindings;
}

/** @throws StreamError BINDING_INVALID for a group that is not defined. */
export function checkBindings(bindings: TopicBindings, config: FeatureConfig): void {
  for (const [topic, group] of bindings) {
    if (Object.hasOwn(config.groups, group)) continue;
    const names = Object.keys(config.groups).join(", ");
    throw new StreamError(
      "BINDING_INVALID",
      `topic "${topic}" is bound to "${group}", which is no feature group; there are ${names}`,
    );
  }
}
