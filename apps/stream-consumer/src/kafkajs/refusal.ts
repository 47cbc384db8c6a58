/**
 * Finds out why brokers that can be reached do not work with this process: TLS
 * on one side only, a certificate that is not trusted, a login that is missing
 * or refused. Such a start fails again and again, so it must be distinguished
 * from an outage.
 */
import { connect } from "node:tls";
import { isIP } from "node:net";
import type { KafkaSecurity } from "@trilane/lane-kit";
import { messageOf } from "@trilane/write-through";
import { causesOf, isLoginRefused } from "./error-causes.ts";

const PROBE_WITHIN_MS = 2_000;
/** Codes of Node and of OpenSSL for a certificate of the other side. */
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/;
/** The other side refused the handshake: it wants a client certificate, or another one. */
const HANDSHAKE_REFUSED = /ERR_SSL_.*ALERT|ERR_SSL_.*HANDSHAKE/;

export interface AskedBrokers {
  readonly brokers: readonly string[];
  readonly security: KafkaSecurity;
  /** A broker has told its versions, which it does before a login. */
  readonly isConnected: boolean;
}

/** Null where it may be an outage. */
export async function refusalOf(
  error: unknown,
  { brokers, security, isConnected }: AskedBrokers,
): Promise<string | null> {
  const causes = causesOf(error);
  const codes = causes.map(codeOf);
  if (isLoginRefused(error))
    return `they refuse the login (TRILANE_KAFKA_LOGIN, TRILANE_KAFKA_USERNAME, TRILANE_KAFKA_PASSWORD): ${messageOf(error)}`;
  const alert = codes.find((code) => HANDSHAKE_REFUSED.test(code));
  if (alert !== undefined)
    return `they refuse the TLS handshake (${alert}); do they want a client certificate (TRILANE_KAFKA_CERTIFICATE_FILE)?`;
  if (codes.some((code) => UNTRUSTED.test(code)))
    return `their certificate is not trusted: ${messageOf(error)}; TRILANE_KAFKA_CA_FILE names those that sign it`;
  const [first] = brokers;
  if (first === undefined) return null;
  const speaksTls = await offersTls(first);
  if (speaksTls === "yes" && security.tls === null) return "they want TLS: set TRILANE_KAFKA_TLS=on";
  if (speaksTls === "no" && security.tls !== null)
    return "they do not speak TLS at this address: see TRILANE_KAFKA_TLS";
  const isClosed = causes.some(({ name }) => name === "KafkaJSConnectionClosedError");
  return isClosed && isConnected && security.login === null
    ? "they closed the connection, as brokers do that want a login: see TRILANE_KAFKA_LOGIN"
    : null;
}

function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : "";
}

/** `no` where the broker answers without TLS, or closes the connection at the handshake. */
function offersTls(broker: string): Promise<"yes" | "no" | "unreachable"> {
  const [host = "", port = ""] = broker.split(":");
  const { promise, resolve } = Promise.withResolvers<"yes" | "no" | "unreachable">();
  const socket = connect({
    host,
    port: Number(port),
    // Nothing is sent over this connection, so it does not matter here whether the certificate is trusted.
    rejectUnauthorized: false,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    timeout: PROBE_WITHIN_MS,
  });
  let isConnected = false;
  socket.once("connect", () => (isConnected = true));
  socket.once("secureConnect", () => resolve("yes"));
  socket.once("error", () => resolve(isConnected ? "no" : "unreachable"));
  socket.once("timeout", () => resolve("unreachable"));
  return promise.finally(() => socket.destroy());
}
