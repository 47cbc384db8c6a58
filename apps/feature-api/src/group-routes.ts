/** The routes of one feature group: a single read by key fields in the query, and a batch of keys. */
import { type FeatureConfig, type FeatureGroup, FeatureGroupError } from "@trilane/feature-groups";
import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler } from "fastify";
import { checkRead, readableGroups } from "./api-access.ts";
import type { ApiLimits } from "./limits.ts";
import { describeExplanation } from "./describe-explanation.ts";
import type { FieldValues } from "./describe-result.ts";
import { isFieldValues, keyProblem, shownNames } from "./key-fields.ts";
import { Problem } from "./problems.ts";
import { readFeature, readFeatures, type ReadPorts } from "./read-features.ts";
import { batchSchema, singleSchema } from "./route-schemas.ts";
import { sendAnswer, sendAnswers } from "./send-answer.ts";

const EXPLAIN = "explain";

export interface RoutePorts extends ReadPorts {
  readonly config: FeatureConfig;
  readonly limits: ApiLimits;
}

/** Each group has a route of its own, so that the OpenAPI document states its key fields and features. */
export function addGroupRoutes(api: FastifyInstance, ports: RoutePorts): void {
  for (const group of Object.values(ports.config.groups)) {
    const path = `/v1/features/${group.name}`;
    const groups = [group.name];
    const onRequest: onRequestHookHandler = (request, _reply, done) => {
      checkRead(request, groups);
      done();
    };
    api.get(path, { schema: singleSchema(group), onRequest }, (request, reply) =>
      readOne(ports, group, request, reply),
    );
    const schema = batchSchema(group, ports.limits);
    api.post(`${path}/batch`, { schema, onRequest }, (request, reply) => readBatch(ports, group, request, reply));
  }
  addUnknownGroup(api, ports.config);
}

async function readOne(
  ports: RoutePorts,
  group: FeatureGroup,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { key, isExplained } = readQuery(group, request.query as FieldValues);
  // The explanation comes before the read, which would fill the cache.
  const explanation = isExplained && keyProblem(group, key) === null ? await explain(ports, group, key) : null;
  return sendAnswer(reply, await readFeature(ports, { group, key }, reply), explanation);
}

/** An empty object for a key with wrong values, because the read reports them. */
async function explain({ reader, clock }: RoutePorts, { name }: FeatureGroup, key: FieldValues): Promise<object> {
  try {
    const explanation = await reader.explain(name, key as Parameters<typeof reader.explain>[1]);
    return { explanation: describeExplanation(explanation, clock.nowMs()) };
  } catch (error) {
    if (error instanceof FeatureGroupError) return {};
    throw error;
  }
}

/** If a key field is itself named `explain`, the parameter is that key field. */
function readQuery(group: FeatureGroup, query: FieldValues): { key: FieldValues; isExplained: boolean } {
  const { [EXPLAIN]: explain, ...others } = query;
  if (explain === undefined || group.key.includes(EXPLAIN)) return { key: { ...query }, isExplained: false };
  if (explain === "true" || explain === "") return { key: others, isExplained: true };
  if (explain === "false") return { key: others, isExplained: false };
  throw new Problem("INVALID_REQUEST", '"explain" is "true" or "false"');
}

async function readBatch(
  ports: RoutePorts,
  group: FeatureGroup,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const keys = readKeys(request.body, ports.limits);
  request.asked = { groups: [group.name], keys: keys.length };
  const wanted = keys.map((key) => ({ group, key }));
  const { answers, text } = await readFeatures(ports, wanted, reply);
  return sendAnswers(reply, answers, `{"results":[${text}]}`);
}

function readKeys(body: unknown, { keysMax }: ApiLimits): readonly unknown[] {
  const example = 'send { "keys": [ { <key field>: <value> } ] }';
  if (!isFieldValues(body)) throw new Problem("INVALID_REQUEST", `the body is not an object; ${example}`);
  const { keys, ...others } = body;
  const unknown = Object.keys(others);
  if (unknown.length > 0) throw new Problem("INVALID_REQUEST", `unknown field ${shownNames(unknown)}; ${example}`);
  if (!Array.isArray(keys) || keys.length === 0) {
    throw new Problem("INVALID_REQUEST", `"keys" is not a list of at least one key; ${example}`);
  }
  if (keys.length > keysMax) {
    throw new Problem("TOO_MANY_KEYS", `${keys.length} keys, at most ${keysMax} in one request; send several requests`);
  }
  return keys;
}

function addUnknownGroup(api: FastifyInstance, config: FeatureConfig): void {
  const refuse = (request: FastifyRequest): never => {
    const { group } = request.params as { readonly group: string };
    throw unknownGroup(readableGroups(request, config), [group]);
  };
  api.get("/v1/features/:group", { schema: { hide: true } }, refuse);
  api.post("/v1/features/:group/batch", { schema: { hide: true } }, refuse);
}

/** Names the groups that the client may read. 404 where the group is in the path, 422 where it is in the body. */
export function unknownGroup(readable: readonly string[], names: readonly string[], httpStatus = 404): Problem {
  return new Problem(
    "UNKNOWN_GROUP",
    `no feature group ${shownNames(names)}: the configuration defines ${readable.join(", ")}`,
    httpStatus,
  );
}
