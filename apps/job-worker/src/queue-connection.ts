/**
 * Connections to the queue's server. It must not be the cache's server: a cache
 * removes entries when its memory is full, while a queue must refuse new ones
 * instead.
 */
import {
  redisRefusalOf,
  type QueueAccess,
  sentinelOptions,
  shownAddress,
  shownMessage,
  withAccess,
  within,
} from "@trilane/lane-kit";
import type { Clock } from "@trilane/write-through";
import { Redis, type RedisOptions } from "ioredis";
import { JobError } from "./errors.ts";
import { WorkerClient } from "./worker-client.ts";

const CONNECT_TIMEOUT_MS = 3_000;
const OPEN_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 10_000;
const RECONNECT_MS_STEP = 100;
const RECONNECT_MS_MAX = 2_000;
/** A sender's command waits for so many reconnections, about a second, and then fails. */
const SENDER_RETRIES_MAX = 5;
/** The client's number for connecting anew, and sending the command again. */
const RESEND = 2;
const POLICY_NEEDED = "noeviction";

/** The replies keep the client's default form; the type would leave it open. */
export type QueueClientOptions = Omit<RedisOptions, "replyMapping">;

const common: QueueClientOptions = {
  connectTimeout: CONNECT_TIMEOUT_MS,
  keepAlive: KEEP_ALIVE_MS,
  enableReadyCheck: true,
  enableOfflineQueue: true,
  lazyConnect: true,
  retryStrategy: (attempt) => Math.min(attempt * RECONNECT_MS_STEP, RECONNECT_MS_MAX),
};

export type ConnectionRole = "worker" | "sender";

/**
 * A worker waits for its server without end (BullMQ demands `null`, and its blocking commands have no timeout). A
 * sender's caller wants an answer.
 */
export function queueClientOptions(role: ConnectionRole): QueueClientOptions {
  return { ...common, maxRetriesPerRequest: role === "worker" ? null : SENDER_RETRIES_MAX };
}

/**
 * Connects and checks the server.
 * @throws JobError QUEUE_UNAVAILABLE, QUEUE_REFUSED, QUEUE_EVICTS
 */
export async function openQueueConnection(options: {
  readonly queueUrl: string;
  /** Login and certificates, where the address does not have them. */
  readonly access?: QueueAccess | undefined;
  readonly role: ConnectionRole;
  readonly clock: Clock;
  /** Gets errors of the connection; the client connects again by itself. */
  readonly onError: (error: Error) => void;
}): Promise<Redis> {
  const { queueUrl, access, role, clock, onError } = options;
  const bare = constructClient(queueUrl, access?.sentinel, role);
  const client = access === undefined ? bare : withAccess(bare, access);
  // The client rejects commands with "Connection is closed", and tells only here that a password was refused.
  let lastError: Error | null = null;
  client.on("error", (error: Error) => {
    lastError = error;
    onError(error);
  });
  try {
    // A worker's client would wait without end, so the time is limited here.
    const info = await within(infoOf(client), { clock, limitMs: OPEN_TIMEOUT_MS, missing: "no answer" });
    checkEviction(info, queueUrl);
    return client;
  } catch (cause) {
    client.disconnect();
    if (cause instanceof JobError) throw cause;
    const name = `the queue's server at ${shownAddress(queueUrl)} (TRILANE_QUEUE_URL)`;
    const refusal = await redisRefusalOf(lastError ?? cause, { server: "QUEUE", url: queueUrl });
    if (refusal !== null) throw new JobError("QUEUE_REFUSED", `${name}: ${shownMessage(refusal)}`, { cause });
    const message = `${name} does not answer: ${shownMessage(lastError ?? cause)}`;
    throw new JobError("QUEUE_UNAVAILABLE", message, { cause });
  }
}

function constructClient(queueUrl: string, sentinel: QueueAccess["sentinel"], role: ConnectionRole): Redis {
  const Client = role === "worker" ? WorkerClient : Redis;
  const options = queueClientOptions(role);
  if (sentinel === undefined) return new Client(queueUrl, options);
  const { name, password } = sentinel;
  return new Client({
    ...options,
    ...sentinelOptions({ urls: queueUrl, name, password: password?.(), commandTimeoutMs: CONNECT_TIMEOUT_MS }),
    // A server that is no primary any more has refused the command, so it is sent again to the one that is.
    reconnectOnError: (error) => (error.message.startsWith("READONLY ") ? RESEND : false),
  });
}

async function infoOf(client: Redis): Promise<string> {
  await client.connect();
  return client.info("memory");
}

/** @throws JobError QUEUE_EVICTS */
export function checkEviction(info: string, queueUrl: string): void {
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? "unknown";
  if (policy === POLICY_NEEDED) return;
  throw new JobError(
    "QUEUE_EVICTS",
    `the queue's server at ${shownAddress(queueUrl)} may throw jobs away: its maxmemory-policy is "${policy}". ` +
      `Give the queue a server of its own with maxmemory-policy ${POLICY_NEEDED} (it must not be the cache's)`,
  );
}
