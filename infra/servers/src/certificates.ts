/**
 * Certificates for servers on the loopback interface: an authority of their own signs one for the server and one for
 * clients. Nothing outside of the folder trusts them.
 */
import { webcrypto } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
// The X.509 library finds its parts by metadata.
import "reflect-metadata";
import * as x509 from "@peculiar/x509";

/** Paths of PEM files. */
export interface CertificateFiles {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

export interface Certificates {
  readonly server: CertificateFiles;
  readonly client: CertificateFiles;
  /** Issues the server's certificate again, into the same files. */
  renewServer(): Promise<void>;
  /** Issues the clients' certificate again, into the same files, with another name. */
  renewClient(name: string): Promise<void>;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const SPAN_MS = 30 * 24 * 3_600_000;
const CLIENT_NAME = "CN=trilane-client";

interface Signed {
  readonly certificate: x509.X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
}

export async function createCertificates(folder: string): Promise<Certificates> {
  x509.cryptoProvider.set(webcrypto);
  const authority = await createAuthority();
  const authorityFile = join(folder, "authority.pem");
  await writeFile(authorityFile, authority.certificate.toString("pem"));
  const issue = async (name: string, subject: string): Promise<CertificateFiles> => {
    const files = {
      authority: authorityFile,
      certificate: join(folder, `${name}.pem`),
      key: join(folder, `${name}.key`),
    };
    const { certificate, keys } = await sign(subject, authority);
    await writeFile(files.certificate, certificate.toString("pem"));
    await writeFile(files.key, await privateKeyPem(keys));
    return files;
  };
  return {
    server: await issue("server", "CN=localhost"),
    client: await issue("client", CLIENT_NAME),
    async renewServer() {
      await issue("server", "CN=localhost");
    },
    async renewClient(name) {
      await issue("client", `CN=${name}`);
    },
  };
}

async function createAuthority(): Promise<Signed> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=trilane-test-authority",
    keys,
    signingAlgorithm: ALGORITHM,
    ...lifetime(),
    extensions: [
      new x509.BasicConstraintsExtension(true, 1, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  return { certificate, keys };
}

async function sign(subject: string, authority: Signed): Promise<Signed> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer: authority.certificate.subject,
    publicKey: keys.publicKey,
    signingKey: authority.keys.privateKey,
    signingAlgorithm: ALGORITHM,
    ...lifetime(),
    extensions: [
      new x509.SubjectAlternativeNameExtension([
        { type: "dns", value: "localhost" },
        { type: "ip", value: "127.0.0.1" },
      ]),
    ],
  });
  return { certificate, keys };
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

/** Days to both sides, because fault runs move the clocks of processes by hours. */
function lifetime(): { readonly notBefore: Date; readonly notAfter: Date } {
  const nowMs = Date.now();
  return { notBefore: new Date(nowMs - SPAN_MS), notAfter: new Date(nowMs + SPAN_MS) };
}

async function privateKeyPem({ privateKey }: webcrypto.CryptoKeyPair): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", privateKey), "PRIVATE KEY");
}
