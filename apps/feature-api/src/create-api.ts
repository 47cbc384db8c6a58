/**
 * The HTTP API over the reader. It holds no state and copies nothing. Every
 * answer is a linearizable read of this moment, so answers forbid caches to
 * store them. When the cache or the store cannot answer, the API says 503, and
 * never gives an older value.
 */
import type { FeatureConfig, FeatureReader } from "@trilane/feature-groups";
import { type Access, type Metrics, openAccess, requestIds, type Settings, type WriteAccess } from "@trilane/lane-kit";
import type { Clock } from "@trilane/write-through";
import { fastify, type FastifyBaseLogger, type FastifyError, type FastifyInstance, LogController } from "fastify";
import { askWho, knowClients, readableGroups } from "./api-access.ts";
import { apiDocuments } from "./api-document.ts";
import { type ApiLimits, apiLimitsDefaults } from "./limits.ts";
import { checkExposure } from "./check-exposure.ts";
import { addGroupsRoute } from "./describe-group.ts";
import { addGroupRoutes } from "./group-routes.ts";
import { logAccess } from "./log-access.ts";
import { limitRequests } from "./limit-requests.ts";
import { Problem, problemBody } from "./problems.ts";
import { ReadBudget } from "./read-budget.ts";
import { addVectorRoute } from "./vector-route.ts";

export interface ApiOptions {
  readonly config: FeatureConfig;
  readonly reader: FeatureReader;
  readonly clock: Pick<Clock, "nowMs" | "monotonicMs" | "schedule">;
  readonly settings: Pick<Settings, "host" | "apiToken" | "accessFile">;
  readonly logger: FastifyBaseLogger;
  readonly metrics?: Pick<Metrics, "counter">;
  /** Writes the access log; null or absent where there is none. */
  readonly writeAccess?: WriteAccess | null;
  readonly limits?: Partial<ApiLimits>;
}

/**
 * Builds the API; the caller listens and closes.
 * @throws SettingsError where other machines could reach it without a token, or the file of clients is wrong
 */
export function createApi(options: ApiOptions): FastifyInstance {
  const { config, reader, clock, settings, logger } = options;
  checkExposure(settings);
  const access = openApiAccess(options);
  const limits: ApiLimits = { ...apiLimitsDefaults, ...options.limits };
  const api = fastify({
    loggerInstance: logger,
    genReqId: requestIds(),
    logController: new LogController({ disableRequestLogging: true }),
    // A logger for each request would cost each request something; the few lines about one name it themselves.
    childLoggerFactory: (parent) => parent,
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
  knowClients(api, access);
  if (options.writeAccess) logAccess(api, options.writeAccess);
  limitRequests(api, limits);
  const budget = new ReadBudget(limits, clock);
  api.addHook("onRequest", (_request, reply, done) => {
    void reply.header("cache-control", "no-store");
    done();
  });
  if (options.metrics !== undefined) countRequests(api, options.metrics);
  const addRoutes = (routes: FastifyInstance, described: FeatureConfig): void => {
    addGroupsRoute(routes, described);
    addGroupRoutes(routes, { config: described, reader, clock, limits, budget });
    addVectorRoute(routes, { config: described, reader, clock, limits, budget });
  };
  const documentOf = apiDocuments({ config, isProtected: access !== null, addRoutes });
  void api.register(async (routes) => {
    askWho(routes);
    addRoutes(routes, config);
    routes.get("/openapi.json", (request) => documentOf(readableGroups(request, config)));
  });
  return api;
}

function openApiAccess({ settings, clock, logger }: ApiOptions): Access | null {
  const { apiToken, accessFile } = settings;
  const token = apiToken === undefined || apiToken === "" ? undefined : () => apiToken;
  return openAccess(accessFile, { variable: "TRILANE_API_TOKEN", token, verbs: ["read"] }, { clock, logger });
}

function answerProblems(api: FastifyInstance): void {
  api.setNotFoundHandler((request) => {
    throw new Problem("UNKNOWN_ROUTE", `no such route: ${request.method} ${request.url.split("?", 1)[0]}`);
  });
  api.setErrorHandler((error: FastifyError | Problem, request, reply) => {
    const problem = error instanceof Problem ? error : problemOf(error);
    const { id: reqId, routeOptions } = request;
    if (problem.httpStatus >= 500) request.log.error({ reqId, err: error, route: routeOptions.url }, "request failed");
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
    return new Problem("UNAUTHORIZED", `${error.message}; send "Authorization: Bearer <token>"`);
  }
  if (status < 500) return new Problem("INVALID_REQUEST", error.message, status);
  return new Problem("INTERNAL", "the request failed; the logs say why");
}

function countRequests(api: FastifyInstance, metrics: Pick<Metrics, "counter">): void {
  const requests = metrics.counter("trilane_http_requests_total", "Answered requests", ["route", "status"]);
  // Labels are looked up by a text that is made of them, so each pair is looked up once. There are as many as series.
  const known = new Map<string, Map<number, { inc(): void }>>();
  api.addHook("onResponse", ({ routeOptions: { url = "none" } }, { statusCode }, done) => {
    const ofRoute = known.get(url) ?? new Map<number, { inc(): void }>();
    const series = ofRoute.get(statusCode) ?? requests.labels(url, String(statusCode));
    if (ofRoute.size === 0) known.set(url, ofRoute);
    ofRoute.set(statusCode, series);
    series.inc();
    done();
  });
}
