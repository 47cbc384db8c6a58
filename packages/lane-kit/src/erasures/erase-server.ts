/**
 * Erasures over HTTP, on a port of their own: the API that reads cannot erase.
 * It answers when the erasures are in force; the sweeps go on in the background.
 * Names of persons are in no answer and in no log. An erasure concerns all
 * groups with a subject, so a client needs the verb `erase` on all of them.
 *
 * | request                     | answer                                               |
 * |-----------------------------|------------------------------------------------------|
 * | `POST /erasures`            | 200 with the erasures that are in force              |
 * | `GET /erasures?after=N`     | 200 with the list from there on, at most 1,000       |
 * | without a token             | 401                                                  |
 * | without the right           | 403                                                  |
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { CoreError } from "@trilane/write-through";
import { type Access, openAccess } from "../access/access.ts";
import { openAccessLog, REQUEST_ID_HEADER, requestIds, type WriteAccess } from "../access/access-log.ts";
import { type Client, refusalOf, refusedGroups } from "../access/rights-of-clients.ts";
import type { Platform } from "../platform.ts";
import type { Settings } from "../settings/load-settings.ts";
import { SettingsError } from "../settings/settings-error.ts";
import { eraseModeOf, eraseRequest } from "./erase-request.ts";
import { eraseSubjects } from "./erase-subjects.ts";
import { personalGroups } from "./personal-groups.ts";
import { reportedErasure } from "./erasure-report.ts";

export interface EraseServer {
  readonly port: number;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: object;
  /** The number of persons that the request named. */
  readonly persons?: number;
}

const BODY_BYTES_MAX = 1_048_576;
const LISTED_MAX = 1_000;
const BY = "HTTP";
const PROGRAM = "job-worker";
const BEARER = "Bearer ";

/** @throws SettingsError where there is neither a token nor a file of clients: then everybody could erase */
export async function startEraseServer(
  platform: Platform,
  settings: Pick<Settings, "erasePort" | "eraseHost" | "eraseToken" | "accessFile" | "accessLog">,
  writeAccess: WriteAccess | null = openAccessLog({ name: PROGRAM, settings, metrics: platform.metrics }),
): Promise<EraseServer> {
  const { erasePort, eraseHost } = settings;
  const parts: Parts = { platform, access: openEraseAccess(platform, settings), writeAccess, nextId: requestIds() };
  const server = createServer((request, response) => {
    void respond(request, response, parts);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(erasePort ?? 0, eraseHost, () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Parts {
  readonly platform: Platform;
  readonly access: Access;
  /** Null where there is no access log. */
  readonly writeAccess: WriteAccess | null;
  readonly nextId: () => string;
}

async function respond(request: IncomingMessage, response: ServerResponse, parts: Parts): Promise<void> {
  const { platform, access, writeAccess, nextId } = parts;
  const fromMs = platform.clock.monotonicMs();
  const id = nextId();
  const client = clientOf(request, access);
  const { status, body, persons = 0 } = await answer(request, client, platform);
  response.writeHead(status, { "content-type": "application/json", [REQUEST_ID_HEADER]: id });
  response.end(JSON.stringify(body));
  writeAccess?.({
    client: client?.name ?? null,
    verb: "erase",
    groups: personalGroups(platform),
    keys: persons,
    status: response.destroyed ? null : status,
    durationMs: Math.round(platform.clock.monotonicMs() - fromMs),
    request: id,
  });
}

function openEraseAccess(
  { clock, logger }: Platform,
  { eraseToken, accessFile }: Pick<Settings, "eraseToken" | "accessFile">,
): Access {
  const token = (eraseToken?.() ?? "") === "" ? undefined : eraseToken;
  const single = { variable: "TRILANE_ERASE_TOKEN", token, verbs: ["erase"] } as const;
  const access = openAccess(accessFile, single, { clock, logger });
  if (access !== null) return access;
  const remedy = "set it or TRILANE_ACCESS_FILE, or unset TRILANE_ERASE_PORT: nobody erases without a token";
  throw new SettingsError("TRILANE_ERASE_TOKEN", `is not set; ${remedy}`);
}

async function answer(request: IncomingMessage, client: Client | null, platform: Platform): Promise<Answer> {
  const url = new URL(request.url ?? "/", "http://erasures");
  if (client === null) return refused(401, "UNAUTHORIZED", 'send "Authorization: Bearer <token>"');
  const notAllowed = refusedGroups(client, "erase", personalGroups(platform));
  if (notAllowed.length > 0) return refused(403, "NOT_ALLOWED", refusalOf(client, "erase", notAllowed));
  if (url.pathname !== "/erasures") return refused(404, "NOT_FOUND", "there is /erasures, for GET and POST");
  try {
    if (request.method === "GET") return await list(platform, Number(url.searchParams.get("after") ?? 0));
    if (request.method === "POST") return await eraseBody(platform, await bodyOf(request));
    return refused(405, "METHOD_NOT_ALLOWED", "use GET or POST");
  } catch (error) {
    if (error instanceof CoreError) return refused(503, error.code, error.message);
    platform.logger.error({ err: error }, "an erasure over HTTP failed");
    return refused(500, "ERROR", "failed; the log of the worker says why");
  }
}

function clientOf({ headers }: IncomingMessage, access: Access): Client | null {
  const { authorization = "" } = headers;
  return authorization.startsWith(BEARER) ? access.identify(authorization.slice(BEARER.length)) : null;
}

async function list({ erasing: { erasures } }: Platform, after: number): Promise<Answer> {
  if (!Number.isSafeInteger(after) || after < 0) return refused(400, "BAD_REQUEST", "after: expected a number from 0");
  const { last, inForce } = await erasures.readState();
  const entries = await erasures.readEntries(Math.min(after, last), Math.min(last, after + LISTED_MAX));
  const listed = entries.map((entry) => ({
    ...reportedErasure(entry),
    by: entry.by,
    isInForce: entry.number <= inForce,
  }));
  return { status: 200, body: { last, inForce, erasures: listed } };
}

async function eraseBody(platform: Platform, text: string | null): Promise<Answer> {
  if (text === null) return refused(413, "TOO_LARGE", `at most ${BODY_BYTES_MAX} bytes fit: send several requests`);
  const parsed = eraseRequest.safeParse(asJson(text));
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "body"}: ${message}`);
    return refused(400, "BAD_REQUEST", issues.join("; "));
  }
  const { subjects, ...rest } = parsed.data;
  const entries = await eraseSubjects(platform, { subjects, mode: eraseModeOf(rest), by: BY });
  return { status: 200, body: { erasures: entries.map(reportedErasure) }, persons: subjects.length };
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Null where the body is too large. */
async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function refused(status: number, code: string, message: string): Answer {
  return { status, body: { error: { code, message } } };
}
