/** Reads through the HTTP API, as any service would. */
import type { RouteKey } from "./flight.ts";

/** The parts of an answer that this demo uses; the API's document has all of them. */
export interface RouteAnswer {
  readonly status: "found" | "absent" | "refused" | "failed";
  readonly version?: string | null;
  readonly eventTime?: string | null;
  readonly features?: { readonly delay: number; readonly distance: number };
  readonly source?: "cache" | "store";
}

const REQUEST_TIMEOUT_MS = 10_000;

/** One answer per key, in order. Rejects when the API does not answer with 200. */
export async function readBatch(
  api: string,
  group: string,
  keys: readonly RouteKey[],
): Promise<readonly RouteAnswer[]> {
  const response = await fetch(`${api}/v1/features/${group}/batch`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ keys }),
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  });
  const body = (await response.json()) as { readonly results?: readonly RouteAnswer[] };
  if (response.status !== 200 || body.results === undefined) {
    throw new Error(`the API answered ${response.status}: ${JSON.stringify(body).slice(0, 500)}`);
  }
  return body.results;
}

/** Null for a failed read; the lowest version for a route that does not exist. */
export function versionOf({ status, version }: RouteAnswer): string | null {
  if (status === "found") return version ?? null;
  return status === "absent" ? (version ?? "") : null;
}
