/**
 * Secured ways into Kafka beside the open one: one asks for a login over TLS,
 * one for a client certificate. Who comes by them has the rights that were
 * given to them; who comes by the open one, as the tests themselves, has all.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CertificateFiles } from "./certificates.ts";
import { keyStoreText } from "./kafka-renewals.ts";

export interface SecuredListeners {
  /** SASL over TLS: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, and OAUTHBEARER with tokens that nobody signed. */
  readonly loginPort: number;
  /** The port that the broker tells those who come with a login, where they come through a proxy. */
  readonly advertisedLoginPort?: number;
  /** TLS with a client certificate. */
  readonly certificatePort: number;
  readonly advertisedCertificatePort?: number;
  readonly server: CertificateFiles;
  /** Passwords by user. */
  readonly users: Readonly<Record<string, string>>;
}

export const SECURED_PROTOCOLS = ",LOGIN:SASL_SSL,CERTIFICATE:SSL";

export function securedListeners({ loginPort, certificatePort }: SecuredListeners): string {
  return `,LOGIN://127.0.0.1:${loginPort},CERTIFICATE://127.0.0.1:${certificatePort}`;
}

export function advertisedListeners(secured: SecuredListeners): string {
  const { advertisedLoginPort, advertisedCertificatePort, loginPort, certificatePort } = secured;
  return securedListeners({
    ...secured,
    loginPort: advertisedLoginPort ?? loginPort,
    certificatePort: advertisedCertificatePort ?? certificatePort,
  });
}

/** Writes the key store into `folder`. */
export async function securedProperties(
  { server, users }: SecuredListeners,
  folder: string,
): Promise<Readonly<Record<string, string>>> {
  const keyStore = join(folder, "keystore.pem");
  await writeFile(keyStore, await keyStoreText(server));
  const userWords = Object.entries(users).map(([name, password]) => `user_${name}="${password}"`);
  return {
    "ssl.keystore.type": "PEM",
    "ssl.keystore.location": keyStore,
    "ssl.truststore.type": "PEM",
    "ssl.truststore.location": server.authority,
    "listener.name.certificate.ssl.client.auth": "required",
    "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER",
    "listener.name.login.plain.sasl.jaas.config": `org.apache.kafka.common.security.plain.PlainLoginModule required ${userWords.join(" ")};`,
    ...scramProperties("scram-sha-256"),
    ...scramProperties("scram-sha-512"),
    "listener.name.login.oauthbearer.sasl.jaas.config":
      "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;",
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": "User:ANONYMOUS",
  };
}

/** SCRAM's users are kept in Kafka's own metadata: the arguments of its formatting. */
export function scramArguments({ users }: SecuredListeners): readonly string[] {
  return Object.entries(users).flatMap(([name, password]) =>
    ["SCRAM-SHA-256", "SCRAM-SHA-512"].flatMap((mechanism) => [
      "--add-scram",
      `${mechanism}=[name=${name},password=${password}]`,
    ]),
  );
}

function scramProperties(mechanism: string): Readonly<Record<string, string>> {
  const name = `listener.name.login.${mechanism}.sasl.jaas.config`;
  return { [name]: "org.apache.kafka.common.security.scram.ScramLoginModule required;" };
}
