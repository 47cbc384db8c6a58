/**
 * Certificates for connections with TLS, from files. The files are read at the
 * start, so that a wrong one is reported there, and again for each connection,
 * because they are renewed while a process runs.
 */
import { createSecureContext } from "node:tls";
import { messageOf } from "@trilane/write-through";
import type { ReadSetting } from "./declarations.ts";
import { textFile } from "./secrets.ts";
import { SettingsError } from "./settings-error.ts";

/** The servers that may have certificates of their own. */
export type TlsServer = "KAFKA" | "CACHE" | "QUEUE";

/** The options of `node:tls`, as PEM. Each connection reads the files again. */
export interface TlsOptions {
  /** Absent: the certificates that Node trusts. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/**
 * @throws SettingsError for a file that cannot be read or holds no certificate, and for half of a client certificate
 */
export function readTlsOptions(read: ReadSetting, server: TlsServer): TlsOptions {
  const variables = {
    ca: `TRILANE_${server}_CA_FILE`,
    cert: `TRILANE_${server}_CERTIFICATE_FILE`,
    key: `TRILANE_${server}_KEY_FILE`,
  } as const;
  const options: TlsOptions = {};
  for (const [part, variable] of Object.entries(variables)) {
    const path = read(variable);
    if (path === undefined) continue;
    const text = textFile(variable, path);
    // A getter, so that each connection reads the file at that moment. No copy of these options may be made.
    Object.defineProperty(options, part, { get: text, enumerable: true });
  }
  refuseHalf(options, variables);
  checkCertificates(options, variables);
  return options;
}

type Variables = Readonly<Record<keyof TlsOptions, string>>;

function refuseHalf(options: TlsOptions, variables: Variables): void {
  if ("cert" in options === "key" in options) return;
  const missing = "cert" in options ? variables.key : variables.cert;
  throw new SettingsError(missing, "it is not set; a client certificate needs its certificate and its key");
}

function checkCertificates({ ca, cert, key }: TlsOptions, variables: Variables): void {
  check(variables.ca, ca === undefined ? {} : { ca });
  check(variables.cert, cert === undefined || key === undefined ? {} : { cert, key });
}

function check(variable: string, options: TlsOptions): void {
  const { ca } = options;
  if (ca?.includes("-----BEGIN CERTIFICATE-----") === false)
    throw new SettingsError(variable, "the file holds no certificate in PEM form");
  try {
    createSecureContext(options);
  } catch (error) {
    throw new SettingsError(variable, `the file cannot be used: ${messageOf(error)}`);
  }
}
