/**
 * Who asks, and what they may read. The client of a request is known before
 * anything else of the request is read, and each route asks for the right to
 * read its groups. Where neither a token nor a file of clients is set, everybody
 * who reaches the API reads every group.
 */
import { fastifyBearerAuth } from "@fastify/bearer-auth";
import type { FeatureConfig } from "@trilane/feature-groups";
import { type Access, type Client, clientOfEveryGroup, isAllowed, refusalOf, refusedGroups } from "@trilane/lane-kit";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { Problem } from "./problems.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Null until the token is checked, and for a token of nobody. */
    client: Client | null;
    /** Null until the route knows it. */
    asked: Asked | null;
  }
}

/** The extent of a request, for the access log. */
export interface Asked {
  /** Names of defined groups. */
  readonly groups: readonly string[];
  readonly keys: number;
}

const EVERYBODY = clientOfEveryGroup("everybody", ["read"]);

/** To call once, before {@link askWho}. */
export function knowClients(api: FastifyInstance, access: Access | null): void {
  api.decorateRequest("client", null);
  api.decorateRequest("asked", null);
  if (access === null) return;
  const auth = (token: string, request: FastifyRequest): boolean => {
    request.client = access.identify(token);
    return request.client !== null;
  };
  void api.register(fastifyBearerAuth, { keys: [], auth, addHook: false });
}

/** Requests of these routes are refused without a known token. */
export function askWho(routes: FastifyInstance): void {
  routes.addHook("onRequest", (request, reply, done) => {
    if (routes.verifyBearerAuth !== undefined) return routes.verifyBearerAuth(request, reply, done);
    request.client = EVERYBODY;
    return done();
  });
}

export function mayRead({ client }: Pick<FastifyRequest, "client">, group: string): boolean {
  return client !== null && isAllowed(client, "read", group);
}

/** The names of the groups that the client may read. */
export function readableGroups(request: Pick<FastifyRequest, "client">, { groups }: FeatureConfig): readonly string[] {
  return Object.keys(groups).filter((group) => mayRead(request, group));
}

/** To call with the names of defined groups. @throws Problem NOT_ALLOWED where the client may not read one of them */
export function checkRead(request: Pick<FastifyRequest, "client" | "asked">, groups: readonly string[]): void {
  const { client } = request;
  request.asked = { groups, keys: groups.length };
  if (client === null) throw new TypeError("a route was reached without a client");
  const refused = refusedGroups(client, "read", groups);
  if (refused.length > 0) throw new Problem("NOT_ALLOWED", refusalOf(client, "read", refused));
}
