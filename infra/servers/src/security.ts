/**
 * TLS and users for Kafka, cache and queue: certificates, passwords, the
 * servers' own settings, and the settings of a process that comes as a user.
 * Users of the cache and the queue have no rights until they are given some.
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { type Certificates, createCertificates } from "./certificates.ts";
import { freePort } from "./free-port.ts";
import type { SecuredListeners } from "./kafka-security.ts";
import type { RedisConfig } from "./redis-server.ts";

export interface SecuredPorts {
  readonly kafka: number;
  readonly cache: number;
  readonly queue: number;
}

export interface Security {
  /** For {@link startKafka}. */
  readonly kafka: SecuredListeners;
  readonly certificates: Certificates;
  /** The directives of a server that also takes TLS on `port`. */
  tlsConfig(port: number): RedisConfig;
  /** The directives of a server that has users with these rules of `ACL SETUSER` from its start, and after a restart. */
  usersConfig(rulesOf: (user: string) => readonly string[]): RedisConfig;
  /** The settings with which a process comes as `user`, by TLS and login, to the ports. */
  environmentOf(user: string, ports: Partial<SecuredPorts>): Readonly<Record<string, string>>;
  /** Gives a user of the server at `url`, which is its open way, the rules of `ACL SETUSER`; none: nothing is allowed. */
  grant(url: string, user: string, rules: readonly string[]): Promise<void>;
  /** The commands that the server at `url` refused to users, as `user command`. */
  refused(url: string): Promise<readonly string[]>;
  /** Removes the certificates. */
  close(): Promise<void>;
}

export interface SecurityOptions {
  readonly users: readonly string[];
  /** The port that Kafka tells those who come with a login; without it, its own. */
  readonly advertisedLoginPort?: number;
}

const PASSWORD_BYTES = 16;

export async function createSecurity({ users, advertisedLoginPort }: SecurityOptions): Promise<Security> {
  const folder = await mkdtemp(join(tmpdir(), "trilane-security-"));
  const certificates = await createCertificates(folder);
  const { authority, certificate, key } = certificates.server;
  const passwords = Object.fromEntries(users.map((user) => [user, randomBytes(PASSWORD_BYTES).toString("hex")]));
  const passwordOf = (user: string): string => passwords[user] ?? "";
  return {
    kafka: {
      loginPort: await freePort(),
      certificatePort: await freePort(),
      ...(advertisedLoginPort === undefined ? {} : { advertisedLoginPort }),
      server: certificates.server,
      users: passwords,
    },
    certificates,
    tlsConfig: (port) => ({
      "tls-port": String(port),
      "tls-cert-file": certificate,
      "tls-key-file": key,
      "tls-ca-cert-file": authority,
      "tls-auth-clients": "optional",
    }),
    usersConfig: (rulesOf) => ({
      user: users.map((user) => [user, "on", `>${passwordOf(user)}`, ...rulesOf(user)].join(" ")),
    }),
    environmentOf: (user, ports) => ({
      // The SDK tells it with each request.
      AWS_SDK_UA_APP_ID: user,
      ...redisSettings("CACHE", ports.cache, { user, password: passwordOf(user), authority }),
      ...redisSettings("QUEUE", ports.queue, { user, password: passwordOf(user), authority }),
      ...kafkaSettings(ports.kafka, { user, password: passwordOf(user), authority }),
    }),
    async grant(url, user, rules) {
      const client = new Redis(url);
      try {
        await client.call("ACL", "SETUSER", user, "reset", "on", `>${passwordOf(user)}`, ...rules);
      } finally {
        client.disconnect();
      }
    },
    async refused(url) {
      const client = new Redis(url);
      try {
        // Each entry is a list of names and values by turns.
        const entries = (await client.call("ACL", "LOG")) as readonly (readonly unknown[])[];
        return entries.map((entry) => {
          const valueOf = (name: string): string => String(entry[entry.indexOf(name) + 1]);
          return `${valueOf("username")} ${valueOf("object")}`;
        });
      } finally {
        client.disconnect();
      }
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Changes a directive of the server at `url`, which is its open way. */
export async function setDirective(url: string, directive: string, value: string): Promise<void> {
  const client = new Redis(url);
  try {
    await client.config("SET", directive, value);
  } finally {
    client.disconnect();
  }
}

function kafkaSettings(
  port: number | undefined,
  { user, password, authority }: Login,
): Readonly<Record<string, string>> {
  if (port === undefined) return {};
  return {
    TRILANE_KAFKA_BROKERS: `127.0.0.1:${port}`,
    TRILANE_KAFKA_LOGIN: "scram-sha-512",
    TRILANE_KAFKA_USERNAME: user,
    TRILANE_KAFKA_PASSWORD: password,
    TRILANE_KAFKA_CA_FILE: authority,
  };
}

interface Login {
  readonly user: string;
  readonly password: string;
  readonly authority: string;
}

function redisSettings(
  server: "CACHE" | "QUEUE",
  port: number | undefined,
  { user, password, authority }: Login,
): Readonly<Record<string, string>> {
  if (port === undefined) return {};
  return {
    [`TRILANE_${server}_URL`]: `rediss://127.0.0.1:${port}`,
    [`TRILANE_${server}_USERNAME`]: user,
    [`TRILANE_${server}_PASSWORD`]: password,
    [`TRILANE_${server}_CA_FILE`]: authority,
  };
}
