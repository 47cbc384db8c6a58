/**
 * The HTTP API over the reader. It holds no state and copies nothing. Every
 * answer is a linearizable read of this moment, so answers forbid caches to
 * store them. When the cache or the store cannot answer, the API says 503, and
 * never gives an older value.
 */
import { fastifyBearerAuth } from "@fastify/bearer-auth";
import { fastifySwagger } from "@fastify/swagger";
import type { FeatureConfig, FeatureReader } from "@trilane/feature-groups";
import type { Metrics, Settings } from "@trilane/lane-kit";
import type { Clock } from "@trilane/write-through";
import { fastify, type FastifyBaseLogger, type FastifyError, type FastifyInstance, LogController } from "fastify";
import { type ApiLimits, apiLimitsDefaults } from "./limits.ts";
import { checkExposure } from "./check-exposure.ts";
import { addGroupsRoute } from "./describe-group.ts";
import { addGroupRoutes } from "./group-routes.ts";
import { limitRequests } from "./limit-requests.ts";
import { Problem, problemBody } from "./problems.ts";
import { ReadBudget } from "./read-budget.ts";
import { addVectorRoute } from "./vector-route.ts";

export interface ApiOptions {
  readonly config: FeatureConfig;
  readonly reader: FeatureReader;
  readonly clock: Pick<Clock, "nowMs" | "schedule">;
  readonly settings: Pick<Settings, "host" | "apiToken">;
  readonly logger: FastifyBaseLogger;
  readonly metrics?: Pick<Metrics, "counter">;
  readonly limits?: Partial<ApiLimits>;
}

/**
 * Builds the API; the caller listens and closes.
 * @throws SettingsError where other machines could reach it without a token
 */
export function createApi(options: ApiOptions): FastifyInstance {
  const { config, reader, clock, settings, logger } = options;
  checkExposure(settings);
  const limits: ApiLimits = { ...apiLimitsDefaults, ...options.limits };
  const api = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: limits.bodyBytesMax,
    requestTimeout: limits.requestMs,
    // A connection on which nothing moves is closed, so that no client holds its answer for ever.
    connectionTimeout: limits.idleMs,
    forceCloseConnections: "idle",
  });
  // The schemas of the routes are documentation: see route-schemas.ts.
  api.setValidatorCompiler(() => () => true);
  api.setSerializerCompiler(() => (body) => JSON.stringify(body));
  answerProblems(api);
  limitRequests(api, limits);
  const budget = new ReadBudget(limits, clock);
  api.addHook("onRequest", (_request, reply, done) => {
    void reply.header("cache-control", "no-store");
    done();
  });
  if (options.metrics !== undefined) countRequests(api, options.metrics);
  if (hasToken(settings)) void api.register(fastifyBearerAuth, { keys: new Set([settings.apiToken]), addHook: false });
  describeApi(api, hasToken(settings));
  void api.register(async (routes) => {
    // The token is checked before anything of the request is read.
    if (routes.verifyBearerAuth !== undefined) routes.addHook("onRequest", routes.verifyBearerAuth);
    addGroupsRoute(routes, config);
    addGroupRoutes(routes, { config, reader, clock, limits, budget });
    addVectorRoute(routes, { config, reader, clock, limits, budget });
    routes.get("/openapi.json", { schema: { hide: true } }, () => api.swagger());
  });
  return api;
}

function hasToken<Given extends { readonly apiToken?: string }>(
  settings: Given,
): settings is Given & { readonly apiToken: string } {
  return settings.apiToken !== undefined && settings.apiToken !== "";
}

function describeApi(api: FastifyInstance, isProtected: boolean): void {
  const securitySchemes = { bearer: { type: "http", scheme: "bearer" } } as const;
  void api.register(fastifySwagger, {
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
}

function answerProblems(api: FastifyInstance): void {
  api.setNotFoundHandler((request) => {
    throw new Problem("UNKNOWN_ROUTE", `no such route: ${request.method} ${request.url.split("?", 1)[0]}`);
  });
  api.setErrorHandler((error: FastifyError | Problem, request, reply) => {
    const problem = error instanceof Problem ? error : problemOf(error);
    if (problem.httpStatus >= 500) request.log.error({ err: error, route: request.routeOptions.url }, "request failed");
    if (problem.code === "OVERLOADED") void reply.header("retry-after", "1");
    if (problem.httpStatus === 401) void reply.header("www-authenticate", "Bearer");
    return reply.code(problem.httpStatus).send(problemBody(problem.code, problem.message, problem.httpStatus));
  });
}

/** The framework's own refusals get the same shape. */
function problemOf(error: FastifyError): Problem {
  const status = error.statusCode ?? 500;
  if (status === 413) return new Problem("BODY_TOO_LARGE", `${error.message}; send several smaller requests`);
  if (status === 401) {
    return new Problem("UNAUTHORIZED", `${error.message}; send "Authorization: Bearer <TRILANE_API_TOKEN>"`);
  }
  if (status < 500) return new Problem("INVALID_REQUEST", error.message, status);
  return new Problem("INTERNAL", "the request failed; the logs say why");
}

function countRequests(api: FastifyInstance, metrics: Pick<Metrics, "counter">): void {
  const requests = metrics.counter("trilane_http_requests_total", "Answered requests", ["route", "status"]);
  api.addHook("onResponse", (request, reply, done) => {
    requests.inc({ route: request.routeOptions.url ?? "none", status: String(reply.statusCode) });
    done();
  });
}
