/**
 * Tells why a server that stands for AWS, at an address of the settings, does
 * not work with this process: TLS on one side only, or its certificate.
 */
import type { S3Client } from "@aws-sdk/client-s3";
import { causesOf } from "./error-causes.ts";
import { SettingsError } from "./settings/settings-error.ts";
import { offersTls, tlsFaultOf } from "./tls-faults.ts";

export interface AskedAws {
  readonly variable: "TRILANE_DYNAMODB_ENDPOINT" | "TRILANE_S3_ENDPOINT";
  /** Undefined: AWS itself. */
  readonly endpoint: string | undefined;
}

const NO_TLS = "EPROTO";
/** The client's words for an answer that is not HTTP, and for a connection that was ended without one. */
const NO_HTTP = /socket hang up|ECONNRESET|HPE_INVALID|Parse Error/;

/** Returns the error itself where it may be an outage. */
export async function awsProblemOf(error: unknown, { variable, endpoint }: AskedAws): Promise<unknown> {
  if (endpoint === undefined) return error;
  const refusal = await refusalOf(error, new URL(endpoint));
  return refusal === null ? error : new SettingsError(variable, refusal, { cause: error });
}

/** Each error of the client's calls is looked at. */
export function explainRefusals(client: S3Client, endpoint: string): void {
  client.middlewareStack.add(
    (next) => async (call) => {
      try {
        return await next(call);
      } catch (error) {
        throw await awsProblemOf(error, { variable: "TRILANE_S3_ENDPOINT", endpoint });
      }
    },
    { name: "explainRefusals", step: "initialize", priority: "high" },
  );
}

async function refusalOf(error: unknown, { protocol, hostname, port }: URL): Promise<string | null> {
  const causes = causesOf(error);
  const fault = tlsFaultOf(error);
  if (fault?.kind === "other-name") return `the certificate is for another name: ${fault.detail}`;
  if (fault?.kind === "untrusted")
    return `the certificate is not trusted: ${fault.detail}; NODE_EXTRA_CA_CERTS names a file with those that sign it`;
  if (protocol === "https:")
    return causes.some((cause) => "code" in cause && cause.code === NO_TLS)
      ? "the server does not speak TLS at this address: write http://"
      : null;
  if (!causes.some(({ message }) => NO_HTTP.test(message))) return null;
  return (await offersTls(hostname, Number(port))) === "yes" ? "the server wants TLS: write https://" : null;
}
