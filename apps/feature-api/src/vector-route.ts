/** Reads several groups for one entity at once: the vector that a model needs. */
import type { FeatureGroup } from "@trilane/feature-groups";
import { paired } from "@trilane/write-through";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { checkRead, readableGroups } from "./api-access.ts";
import type { FieldValues } from "./describe-result.ts";
import { type RoutePorts, unknownGroup } from "./group-routes.ts";
import { isFieldValues, shownNames } from "./key-fields.ts";
import { Problem } from "./problems.ts";
import { readFeatures, type Wanted } from "./read-features.ts";
import { vectorSchema } from "./route-schemas.ts";
import { sendAnswers } from "./send-answer.ts";

const EXAMPLE = 'send { "groups": ["routes"], "key": { <key field>: <value> } }';

export function addVectorRoute(api: FastifyInstance, ports: RoutePorts): void {
  const schema = vectorSchema(Object.values(ports.config.groups), ports.limits);
  api.post("/v1/vectors", { schema }, async (request, reply) => {
    const { groups, key } = readBody(ports, request);
    const { answers } = await readFeatures(ports, wantedOf(groups, key), reply);
    const byGroup = paired(groups, answers).map(([{ name }, { text }]) => `"${name}":${text}`);
    return sendAnswers(reply, answers, `{"groups":{${byGroup.join(",")}}}`);
  });
}

interface VectorRequest {
  readonly groups: readonly FeatureGroup[];
  readonly key: FieldValues;
}

function readBody({ config, limits }: RoutePorts, request: FastifyRequest): VectorRequest {
  const { body } = request;
  if (!isFieldValues(body)) throw new Problem("INVALID_REQUEST", `the body is not an object; ${EXAMPLE}`);
  const { groups: names, key, ...others } = body;
  const unknown = Object.keys(others);
  if (unknown.length > 0) throw new Problem("INVALID_REQUEST", `unknown field ${shownNames(unknown)}; ${EXAMPLE}`);
  if (!isFieldValues(key)) throw new Problem("INVALID_REQUEST", `"key" is not an object; ${EXAMPLE}`);
  if (!isNames(names)) throw new Problem("INVALID_REQUEST", `"groups" is not a list of group names; ${EXAMPLE}`);
  if (names.length > limits.groupsMax) {
    throw new Problem("TOO_MANY_KEYS", `${names.length} groups, at most ${limits.groupsMax} in one request`);
  }
  if (new Set(names).size < names.length) throw new Problem("INVALID_REQUEST", `"groups" names a group twice`);
  const groups = names.flatMap((name) => config.groups[name] ?? []);
  if (groups.length < names.length) {
    throw unknownGroup(
      readableGroups(request, config),
      names.filter((name) => config.groups[name] === undefined),
      422,
    );
  }
  checkRead(request, names);
  return { groups, key };
}

function isNames(names: unknown): names is readonly string[] {
  return Array.isArray(names) && names.length > 0 && names.every((name) => typeof name === "string");
}

/** Each group takes its own key fields from those of the entity; a field that no group takes is refused. */
function wantedOf(groups: readonly FeatureGroup[], key: FieldValues): readonly Wanted[] {
  const used = new Set(groups.flatMap((group) => group.key));
  const unknown = Object.keys(key).filter((field) => !used.has(field));
  if (unknown.length > 0) {
    const fields = [...used].join(", ");
    throw new Problem("INVALID_KEY", `unknown key field ${shownNames(unknown)}; these groups have ${fields}`);
  }
  return groups.map((group) => {
    const own = group.key.filter((field) => Object.hasOwn(key, field)).map((field) => [field, key[field]]);
    return { group, key: Object.fromEntries(own) as FieldValues };
  });
}
