/**
 * Tells why the server of the cache or of the queue, which can be reached, does
 * not work with this process: TLS on one side only, a certificate, a login.
 */
import { causesOf } from "./error-causes.ts";
import { shownMessage } from "./error-fields.ts";
import { answersInClear, offersTls, tlsFaultOf } from "./tls-faults.ts";

export interface AskedRedis {
  /** As in the names of the settings. */
  readonly server: "CACHE" | "QUEUE";
  /** One address, or several with commas between them. */
  readonly url: string;
}

/** The server's own words for a login that is missing or refused, or that may do nothing. */
const LOGIN_REFUSED = /^(?:WRONGPASS|NOAUTH|NOPERM)\b|invalid username-password pair|AUTH .*without any password/;
/** A server that wants a client certificate may end the connection before its alert is read. */
const ENDED = /ECONNRESET|EPIPE|Connection is closed/;
const PORT_DEFAULT = 6_379;

/** Null where it may be an outage. */
export async function redisRefusalOf(error: unknown, { server, url }: AskedRedis): Promise<string | null> {
  const login = causesOf(error).find(({ message }) => LOGIN_REFUSED.test(message));
  if (login !== undefined)
    return `it refuses the login (TRILANE_${server}_USERNAME, TRILANE_${server}_PASSWORD): ${login.message}`;
  const fault = tlsFaultOf(error);
  switch (fault?.kind) {
    case "handshake-refused":
      return `it refuses the TLS handshake (${fault.detail}); does it want a client certificate (TRILANE_${server}_CERTIFICATE_FILE)?`;
    case "other-name":
      return `its certificate is for another name: ${fault.detail}; TRILANE_${server}_URL needs one of the certificate's names`;
    case "untrusted":
      return `its certificate is not trusted: ${fault.detail}; TRILANE_${server}_CA_FILE names those that sign it`;
    case undefined:
      return refusalByTls(error, { server, url });
  }
}

/** Like {@link redisRefusalOf}, and the error's own message where it may be an outage. */
export async function redisProblemOf(error: unknown, asked: AskedRedis): Promise<string> {
  return shownMessage((await redisRefusalOf(error, asked)) ?? error);
}

async function refusalByTls(error: unknown, { server, url }: AskedRedis): Promise<string | null> {
  const { protocol, hostname, port: given } = new URL(url.split(",")[0] ?? "");
  const host = hostname.replaceAll(/[[\]]/g, "");
  const port = given === "" ? PORT_DEFAULT : Number(given);
  if (protocol !== "rediss:")
    return (await offersTls(host, port)) === "yes" ? `it wants TLS: write rediss:// in TRILANE_${server}_URL` : null;
  if (await answersInClear(host, port, "PING\r\n"))
    return `it does not speak TLS at this address: write redis:// in TRILANE_${server}_URL`;
  const isEnded = causesOf(error).some(({ message }) => ENDED.test(message));
  return isEnded && (await offersTls(host, port)) === "yes"
    ? `it ends the connection after the TLS handshake; does it want a client certificate (TRILANE_${server}_CERTIFICATE_FILE)?`
    : null;
}
