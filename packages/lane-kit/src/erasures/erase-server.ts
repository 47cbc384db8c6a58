/**
 * Erasures over HTTP, on a port and with a token of their own: the API that
 * reads cannot erase. It answers when the erasures are in force; the sweeps go
 * on in the background. Names of persons are in no answer and in no log.
 *
 * | request                     | answer                                               |
 * |-----------------------------|------------------------------------------------------|
 * | `POST /erasures`            | 200 with the erasures that are in force              |
 * | `GET /erasures?after=N`     | 200 with the list from there on, at most 1,000       |
 * | without the token           | 401                                                  |
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { CoreError } from "@trilane/write-through";
import type { Platform } from "../platform.ts";
import type { Settings } from "../settings/load-settings.ts";
import { SettingsError } from "../settings/settings-error.ts";
import { eraseModeOf, eraseRequest } from "./erase-request.ts";
import { eraseSubjects } from "./erase-subjects.ts";
import { reportedErasure } from "./erasure-report.ts";

export interface EraseServer {
  readonly port: number;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: object;
}

const BODY_BYTES_MAX = 1_048_576;
const LISTED_MAX = 1_000;
const BY = "HTTP";

/** @throws SettingsError where there is no token: then everybody who reaches the port could erase */
export async function startEraseServer(
  platform: Platform,
  { erasePort, eraseHost, eraseToken }: Pick<Settings, "erasePort" | "eraseHost" | "eraseToken">,
): Promise<EraseServer> {
  const token = eraseToken?.() ?? "";
  if (token === "" || eraseToken === undefined) {
    const remedy = "set it, or unset TRILANE_ERASE_PORT: nobody erases without a token";
    throw new SettingsError("TRILANE_ERASE_TOKEN", `is not set; ${remedy}`);
  }
  const server = createServer((request, response) => {
    void answer(request, { platform, token: eraseToken }).then((each) => send(response, each));
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
  readonly token: () => string;
}

async function answer(request: IncomingMessage, { platform, token }: Parts): Promise<Answer> {
  const url = new URL(request.url ?? "/", "http://erasures");
  if (!hasToken(request, token())) return refused(401, "UNAUTHORIZED", "give the bearer token, TRILANE_ERASE_TOKEN");
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

/** Digests have the same length, so that comparing them takes the same time for every text. */
function hasToken({ headers }: IncomingMessage, token: string): boolean {
  const digestOf = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digestOf(headers.authorization ?? ""), digestOf(`Bearer ${token}`));
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
  return { status: 200, body: { erasures: entries.map(reportedErasure) } };
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

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
