/**
 * Finds out why brokers that can be reached do not work with this process: TLS
 * on one side only, a certificate, a login that is missing or refused. Such a
 * start fails again and again, so it must be distinguished from an outage.
 */
import { causesOf, type KafkaSecurity, offersTls, tlsFaultOf } from "@trilane/lane-kit";
import { messageOf } from "@trilane/write-through";

export interface AskedBrokers {
  readonly brokers: readonly string[];
  readonly security: KafkaSecurity;
  /** A broker has told its versions, which it does before a login. */
  readonly isConnected: boolean;
}

/** The brokers did not take the user, the password or the token. */
export function isLoginRefused(error: unknown): boolean {
  return causesOf(error).some(({ name }) => name === "KafkaJSSASLAuthenticationError");
}

/** Null where it may be an outage. */
export async function refusalOf(error: unknown, asked: AskedBrokers): Promise<string | null> {
  if (isLoginRefused(error))
    return `they refuse the login (TRILANE_KAFKA_LOGIN, TRILANE_KAFKA_USERNAME, TRILANE_KAFKA_PASSWORD): ${messageOf(error)}`;
  if (causesOf(error).some((cause) => "type" in cause && cause.type === "UNSUPPORTED_SASL_MECHANISM"))
    return `they do not offer this login (TRILANE_KAFKA_LOGIN): ${messageOf(error)}`;
  const fault = tlsFaultOf(error);
  switch (fault?.kind) {
    case "handshake-refused":
      return `they refuse the TLS handshake (${fault.detail}); do they want a client certificate (TRILANE_KAFKA_CERTIFICATE_FILE)?`;
    case "other-name":
      return `their certificate is for another name: ${fault.detail}; TRILANE_KAFKA_BROKERS needs names of the certificate, and so do the addresses that the brokers advertise`;
    case "untrusted":
      return `their certificate is not trusted: ${fault.detail}; TRILANE_KAFKA_CA_FILE names those that sign it`;
    case undefined:
      return refusalByTls(error, asked);
  }
}

async function refusalByTls(error: unknown, { brokers, security, isConnected }: AskedBrokers): Promise<string | null> {
  const [first] = brokers;
  if (first === undefined) return null;
  const [host = "", port = ""] = first.split(":");
  const offered = await offersTls(host, Number(port));
  if (offered === "yes" && security.tls === null) return "they want TLS: set TRILANE_KAFKA_TLS=on";
  if (offered === "no" && security.tls !== null) return "they do not speak TLS at this address: see TRILANE_KAFKA_TLS";
  const isClosed = causesOf(error).some(({ name }) => name === "KafkaJSConnectionClosedError");
  return isClosed && isConnected && security.login === null
    ? "they closed the connection, as brokers do that want a login: see TRILANE_KAFKA_LOGIN"
    : null;
}
