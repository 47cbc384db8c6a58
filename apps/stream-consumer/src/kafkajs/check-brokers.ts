/**
 * Asks once at the start whether the brokers answer. So a wrong address is
 * reported within seconds, to the person or program that started the process.
 * Later outages are waited for.
 */
import { shownAddress, within } from "@trilane/lane-kit";
import { type Clock, messageOf } from "@trilane/write-through";
import type { Admin } from "kafkajs";
import { StreamError } from "../errors.ts";
import { createKafka, type KafkaClientOptions, NO_SECURITY } from "./kafka-client.ts";
import { listTopics } from "./list-topics.ts";
import { refusalOf } from "./refusal.ts";

/** A broker that has just been started, or has failed over, gets a second chance. */
const RETRY = { initialRetryTime: 300, retries: 2 } as const;
const ANSWER_WITHIN_MS = 6_000;

/** @throws StreamError BROKERS_UNAVAILABLE or BROKERS_REFUSED, with the addresses; those of the token endpoint. */
export async function checkBrokers({
  clock,
  ...client
}: KafkaClientOptions & { readonly clock: Clock }): Promise<void> {
  const { brokers, security = NO_SECURITY } = client;
  const admin = createKafka({ ...client, retry: RETRY }).admin();
  let isConnected = false;
  const onConnect = (): void => {
    isConnected = true;
  };
  try {
    await within(ask(admin, onConnect), { clock, limitMs: ANSWER_WITHIN_MS, missing: "no answer" });
  } catch (cause) {
    const name = `the Kafka brokers at ${shownAddress(brokers.join(","))} (TRILANE_KAFKA_BROKERS)`;
    if (cause instanceof StreamError) throw cause;
    const refusal = await refusalOf(cause, { brokers, security, isConnected });
    if (refusal !== null) throw new StreamError("BROKERS_REFUSED", `${name}: ${refusal}`, { cause });
    throw new StreamError("BROKERS_UNAVAILABLE", `${name} do not answer: ${messageOf(cause)}`, { cause });
  } finally {
    admin.disconnect().catch(() => undefined);
  }
}

/** The list of topics comes from a broker by the address that it tells its clients, which may be a wrong one too. */
async function ask(admin: Admin, onConnect: () => void): Promise<void> {
  await admin.connect();
  onConnect();
  await listTopics(admin);
}
