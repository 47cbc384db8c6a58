/**
 * Tells why a connection with TLS, or without, does not come about. Such a start
 * fails again and again, so it must be distinguished from an outage.
 */
import { connect as connectInClear, isIP } from "node:net";
import { connect } from "node:tls";
import { messageOf } from "@trilane/write-through";
import { causesOf } from "./error-causes.ts";

export type TlsFault =
  /** Nobody that this process trusts has signed the other side's certificate, or it is over. */
  | { readonly kind: "untrusted"; readonly detail: string }
  /** The certificate is for other names than the address's. */
  | { readonly kind: "other-name"; readonly detail: string }
  /** The other side wants a client certificate, or another one. */
  | { readonly kind: "handshake-refused"; readonly detail: string };

const PROBE_WITHIN_MS = 2_000;
/** Codes of Node and of OpenSSL. */
const OTHER_NAME = "ERR_TLS_CERT_ALTNAME_INVALID";
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/;
const HANDSHAKE_REFUSED = /ERR_SSL_.*ALERT|ERR_SSL_.*HANDSHAKE/;

/** Null where the error is of another kind. */
export function tlsFaultOf(error: unknown): TlsFault | null {
  const codes = causesOf(error).map(codeOf);
  const refused = codes.find((code) => HANDSHAKE_REFUSED.test(code));
  if (refused !== undefined) return { kind: "handshake-refused", detail: refused };
  if (codes.includes(OTHER_NAME)) return { kind: "other-name", detail: messageOf(error) };
  return codes.some((code) => UNTRUSTED.test(code)) ? { kind: "untrusted", detail: messageOf(error) } : null;
}

/** `no` where the server answers without TLS, or closes the connection at the handshake. */
export function offersTls(host: string, port: number): Promise<"yes" | "no" | "unreachable"> {
  const { promise, resolve } = Promise.withResolvers<"yes" | "no" | "unreachable">();
  const socket = connect({
    host,
    port,
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

/** Whether a server without TLS answers a line. One that has TLS takes it for a broken handshake. */
export function answersInClear(host: string, port: number, line: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connectInClear({ host, port, timeout: PROBE_WITHIN_MS }, () => socket.write(line));
  // An alert of TLS begins with a byte that is no letter or sign.
  socket.once("data", (answer) => resolve(/^[+-]/.test(answer.toString("latin1"))));
  for (const event of ["error", "timeout", "close"]) socket.once(event, () => resolve(false));
  return promise.finally(() => socket.destroy());
}

function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : "";
}
