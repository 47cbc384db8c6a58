/** Renews, under a running broker, a user's password and the certificate of a secured listener. */
import { pbkdf2Sync, randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import kafkajs, { type Admin } from "kafkajs";
import type { CertificateFiles } from "./certificates.ts";
import { askKafka } from "./kafka-request.ts";

const ALTER_SCRAM_USERS = 51;
const SCRAM_SHA_512 = 2;
const ITERATIONS = 4_096;
const KEY_BYTES = 64;
const SALT_BYTES = 16;
const ANSWER_WITHIN_MS = 10_000;
const NO_TAGS: Buffer = Buffer.from([0]);
/** The broker's id in `native/kafka.properties`. */
const BROKER_ID = "1";

/** The user's former password counts no longer from then on. `port`: of the open listener. */
export async function renewKafkaPassword(port: number, user: string, password: string): Promise<void> {
  const salt = randomBytes(SALT_BYTES);
  const salted = pbkdf2Sync(password, salt, ITERATIONS, KEY_BYTES, "sha512");
  const iterations = Buffer.alloc(4);
  iterations.writeInt32BE(ITERATIONS);
  const upsertion = [
    compact(Buffer.from(user)),
    Buffer.from([SCRAM_SHA_512]),
    iterations,
    compact(salt),
    compact(salted),
    NO_TAGS,
  ];
  // No deletion, one upsertion; lengths of lists are one more than the number of elements.
  const body = Buffer.concat([Buffer.from([1]), Buffer.from([2]), ...upsertion, NO_TAGS]);
  const request = { apiKey: ALTER_SCRAM_USERS, apiVersion: 0, isFlexible: true, body };
  const answer = await askKafka({ port, timeoutMs: ANSWER_WITHIN_MS, ...request });
  // Tags, milliseconds of throttling, the length of the list, and the user's name stand before the code.
  const code = answer.readInt16BE(1 + 4 + 1 + compact(Buffer.from(user)).length);
  if (code !== 0) throw new Error(`the broker refused the password of ${user}: error ${code}`);
}

export interface RenewedCertificate {
  /** The listener's name, as `kafka-security.ts` has it. */
  readonly listener: "login" | "certificate";
  readonly files: CertificateFiles;
  /** The file that the broker reads from now on. */
  readonly keyStore: string;
}

/** New connections to the listener get the certificate. `admin` must be connected, by a way with all rights. */
export async function renewKafkaCertificate(
  admin: Admin,
  { listener, files, keyStore }: RenewedCertificate,
): Promise<void> {
  await writeFile(keyStore, await keyStoreText(files));
  await admin.alterConfigs({
    validateOnly: false,
    resources: [
      {
        type: kafkajs.ConfigResourceTypes.BROKER,
        name: BROKER_ID,
        configEntries: [
          { name: `listener.name.${listener}.ssl.keystore.type`, value: "PEM" },
          { name: `listener.name.${listener}.ssl.keystore.location`, value: keyStore },
        ],
      },
    ],
  });
}

/** A key with its certificate, as Kafka reads both from one PEM file. */
export async function keyStoreText({ certificate, key }: CertificateFiles): Promise<string> {
  const parts = [await readFile(key, "utf8"), await readFile(certificate, "utf8")];
  return parts.map((part) => `${part.trim()}\n`).join("");
}

/** Bytes behind their length plus one, which fits one byte here. */
function compact(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([bytes.length + 1]), bytes]);
}
