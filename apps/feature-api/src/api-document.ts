/**
 * The OpenAPI document. A client sees the groups that it may read, so there is a
 * document for each set of groups; each is made once, when it is first asked for.
 */
import { fastifySwagger } from "@fastify/swagger";
import type { FeatureConfig } from "@trilane/feature-groups";
import { fastify, type FastifyInstance } from "fastify";

/** Documents that are kept; a client's groups are its rights, so there are few sets. */
const DOCUMENTS_MAX = 50;

export interface ApiDocumentOptions {
  readonly config: FeatureConfig;
  readonly isProtected: boolean;
  /** Adds the routes of a configuration. */
  readonly addRoutes: (api: FastifyInstance, config: FeatureConfig) => void;
}

/** Returns the document of the groups with these names. */
export function apiDocuments(options: ApiDocumentOptions): (names: readonly string[]) => Promise<object> {
  const documents = new Map<string, Promise<object>>();
  return (names) => {
    const key = names.join(",");
    const known = documents.get(key);
    if (known !== undefined) return known;
    if (documents.size >= DOCUMENTS_MAX) documents.clear();
    const document = makeDocument(options, names);
    documents.set(key, document);
    return document;
  };
}

async function makeDocument(
  { config, isProtected, addRoutes }: ApiDocumentOptions,
  names: readonly string[],
): Promise<object> {
  const groups = Object.fromEntries(Object.entries(config.groups).filter(([name]) => names.includes(name)));
  const api = fastify();
  api.setValidatorCompiler(() => () => true);
  api.setSerializerCompiler(() => (body) => JSON.stringify(body));
  const securitySchemes = { bearer: { type: "http", scheme: "bearer" } } as const;
  await api.register(fastifySwagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Trilane features",
        description:
          "Reads of features. Integers beyond 2^53 are written as decimal text, dates as ISO 8601, bytes as base64.",
        version: "1",
      },
      ...(isProtected ? { components: { securitySchemes }, security: [{ bearer: [] }] } : {}),
    },
  });
  addRoutes(api, { ...config, groups });
  await api.ready();
  try {
    return api.swagger();
  } finally {
    await api.close();
  }
}
