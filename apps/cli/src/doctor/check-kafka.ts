/**
 * Checks the brokers: whether they answer and accept the login, and whether the
 * bound topics exist.
 */
import { createLogger, type Settings, shownAddress } from "@trilane/lane-kit";
import type { createKafka } from "@trilane/stream-consumer";
import { messageOf, systemClock } from "@trilane/write-through";
import { type Finding, Findings } from "./finding.ts";

/** @param topics where there are none, only the brokers are checked */
export async function checkKafka(settings: Settings, topics: readonly string[]): Promise<readonly Finding[]> {
  const findings = new Findings("kafka");
  const { kafkaBrokers: brokers, kafkaSecurity: security, region } = settings;
  // Imported only here, as in the other commands, because Kafka's client is large.
  const stream = await import("@trilane/stream-consumer");
  const client = { brokers, security, region, clientId: "trilane-doctor", logger: createLogger("doctor", "silent") };
  try {
    await stream.checkBrokers({ ...client, clock: systemClock });
    const { tls, login } = security;
    const how = `${tls === null ? "without TLS" : "TLS"}, ${login === null ? "no login" : `login ${login.mechanism}`}`;
    findings.ok(`${shownAddress(brokers.join(","))}: ${how}`);
    const admin = stream.createKafka(client).admin();
    try {
      await admin.connect();
      for (const topic of topics) await checkTopic(findings, admin, topic);
    } finally {
      await admin.disconnect();
    }
  } catch (error) {
    findings.failed(error);
  }
  return findings.all();
}

type Admin = ReturnType<ReturnType<typeof createKafka>["admin"]>;

async function checkTopic(findings: Findings, admin: Admin, topic: string): Promise<void> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    const [found] = topics;
    findings.ok(`topic "${topic}" has ${found?.partitions.length ?? 0} partitions`);
  } catch (error) {
    findings.failure(`topic "${topic}": ${messageOf(error)}; create it, or give the user the right to describe it`);
  }
}
