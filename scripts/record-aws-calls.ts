/**
 * Loaded before every process of a test run (`node --import`): appends each
 * IAM action that the process needs, once, to a file of the folder that
 * RECORD_AWS_CALLS names. `aws-calls.ts` compares them with the rights.
 */
import { appendFileSync, mkdirSync } from "node:fs";
import diagnostics from "node:diagnostics_channel";
import type { ClientRequest } from "node:http";
import { join } from "node:path";
import { awsActionsOf } from "../infra/servers/src/aws-actions.ts";
import { programOf } from "./program-of.ts";

/** User agents of the SDK's clients; that of the store has its own. */
const OURS = /^(aws-sdk-js\/|trilane)/;
const folder = process.env["RECORD_AWS_CALLS"];
const program = programOf(process.argv.slice(1));
const seen = new Set<string>();

if (folder !== undefined) {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${program}.txt`);
  diagnostics.subscribe("http.client.request.created", (message) => {
    const { request } = message as { readonly request: ClientRequest };
    if (!OURS.test(String(request.getHeader("user-agent")))) return;
    const target = request.getHeader("x-amz-target");
    whenBodyIsKnown(request, target !== undefined, (body) => {
      const { method, path } = request;
      for (const action of awsActionsOf({
        method,
        path,
        target: target === undefined ? undefined : String(target),
        body,
      }))
        note(file, action);
    });
  });
}

/** Each line is one short append, so processes may write at the same time. */
function note(file: string, action: string): void {
  if (seen.has(action)) return;
  seen.add(action);
  appendFileSync(file, `${action}\n`);
}

/** The SDK hands the whole body of a request to DynamoDB over with its end. */
function whenBodyIsKnown(request: ClientRequest, needsBody: boolean, then: (body: string) => void): void {
  if (!needsBody) return then("");
  const end = request.end.bind(request);
  request.end = ((...given: Parameters<typeof end>) => {
    const [body] = given as readonly unknown[];
    then(
      typeof body === "string"
        ? body
        : Buffer.isBuffer(body) || body instanceof Uint8Array
          ? Buffer.from(body).toString("utf8")
          : "{}",
    );
    return end(...given);
  }) as typeof request.end;
}
