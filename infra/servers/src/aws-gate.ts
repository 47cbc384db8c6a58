/**
 * A gate in front of DynamoDB Local or the S3 server, neither of which knows
 * rights: it lets a user's request through when the user has every action that
 * the request needs, and refuses it with AWS's own answer otherwise. A user is
 * known by the SDK's app id (`AWS_SDK_UA_APP_ID`), because both servers check
 * one pair of keys alone.
 */
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { once } from "node:events";
import { buffer } from "node:stream/consumers";
import { awsActionsOf } from "./aws-actions.ts";

export interface AwsGateOptions {
  readonly upstreamPort: number;
  /** Asked for each action of each request; a request without an app id comes from the user `""`. */
  readonly mayDo: (user: string, action: string) => boolean;
}

export interface AwsGate {
  readonly port: number;
  /** The refused actions, as `user action`, each once. */
  readonly refused: ReadonlySet<string>;
  close(): Promise<void>;
}

const BAD_GATEWAY = 502;

export async function startAwsGate({ upstreamPort, mayDo }: AwsGateOptions): Promise<AwsGate> {
  const refused = new Set<string>();
  const server = createServer((incoming, answer) => {
    handle(incoming, answer).catch(() => answer.destroy());
  });
  const handle = async (incoming: IncomingMessage, answer: ServerResponse): Promise<void> => {
    const target = headerOf(incoming, "x-amz-target");
    const body = target === undefined ? null : await buffer(incoming);
    const { method = "GET", url: path = "/" } = incoming;
    const user = /\bapp\/(\S+)/.exec(headerOf(incoming, "user-agent") ?? "")?.[1] ?? "";
    const actions = awsActionsOf({ method, path, target, body: body?.toString("utf8") ?? "" });
    const missing = actions.filter((action) => !mayDo(user, action));
    for (const action of missing) refused.add(`${user} ${action}`);
    if (missing[0] !== undefined) return refuse(answer, { user, action: missing[0], isDynamoDb: target !== undefined });
    passOn({ incoming, answer, body, upstreamPort });
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    refused,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function headerOf({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : value?.[0];
}

function refuse(
  answer: ServerResponse,
  { user, action, isDynamoDb }: { readonly user: string; readonly action: string; readonly isDynamoDb: boolean },
): void {
  const text = `User: arn:aws:iam::000000000000:user/${user} is not authorized to perform: ${action} because no identity-based policy allows the ${action} action`;
  if (isDynamoDb) {
    answer.writeHead(400, { "content-type": "application/x-amz-json-1.0" });
    answer.end(JSON.stringify({ __type: "com.amazon.coral.service#AccessDeniedException", Message: text }));
    return;
  }
  answer.writeHead(403, { "content-type": "application/xml" });
  answer.end(
    `<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>${text}</Message></Error>`,
  );
}

interface Passing {
  readonly incoming: IncomingMessage;
  readonly answer: ServerResponse;
  /** Null: the body is still to be read. */
  readonly body: Buffer | null;
  readonly upstreamPort: number;
}

/** The headers stay as they are, because the signature covers them. */
function passOn({ incoming, answer, body, upstreamPort }: Passing): void {
  const { method, url: path, rawHeaders } = incoming;
  const outgoing = request({ host: "127.0.0.1", port: upstreamPort, method, path, headers: rawHeaders }, (response) => {
    answer.writeHead(response.statusCode ?? BAD_GATEWAY, response.rawHeaders);
    response.pipe(answer);
  });
  outgoing.on("error", () => answer.destroy());
  answer.on("close", () => outgoing.destroy());
  if (body === null) incoming.pipe(outgoing);
  else outgoing.end(body);
}
