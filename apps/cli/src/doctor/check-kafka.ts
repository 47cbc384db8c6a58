/**
 * Checks the brokers: whether they answer and accept the login, and whether the
 * bound topics exist.
 */
import {
  createLogger,
  kafkaAclsOf,
  type KafkaNames,
  type ProgramWithRights,
  type Settings,
  shownAddress,
} from "@trilane/lane-kit";
import type { createKafka, WantedKafkaRights } from "@trilane/stream-consumer";
import { messageOf, systemClock } from "@trilane/write-through";
import { type Finding, Findings } from "./finding.ts";

export interface KafkaToCheck {
  /** Where there are none, only the brokers are checked. */
  readonly topics: readonly string[];
  /** The program whose rights are asked for; null: no right is asked for. */
  readonly program: ProgramWithRights | null;
  /** Consumer groups of the stream lane. */
  readonly groups: readonly string[];
}

export async function checkKafka(
  settings: Settings,
  { topics, program, groups }: KafkaToCheck,
): Promise<readonly Finding[]> {
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
    if (program !== null) {
      const letters = topics.map((topic) => stream.deadTopicOf(topic, settings.table));
      const wanted = wantedRights(program, { topics, letters, group: groups, "former group": [] });
      const refused = await stream.refusedKafkaRights(client, wanted);
      for (const right of refused)
        findings.failure(
          `${right} is refused; give the user that ACL, see \`trilane rights --program ${program} --as kafka\``,
        );
      if (refused.length === 0)
        findings.ok(`rights of ${program} on ${wanted.topics.length} topics and ${wanted.groupIds.length} groups`);
    }
  } catch (error) {
    findings.failed(error);
  }
  return findings.all();
}

/** A topic that does not exist cannot be asked for the right to create it. */
function wantedRights(program: ProgramWithRights, names: KafkaNames): WantedKafkaRights {
  const acls = kafkaAclsOf(program, names);
  const topics = acls.flatMap(({ resourceType, resourceName: topic, operation }) =>
    resourceType === "TOPIC" && operation !== "CREATE" ? [{ topic, operation }] : [],
  );
  const groupIds = acls.flatMap(({ resourceType, resourceName }) => (resourceType === "GROUP" ? [resourceName] : []));
  return { topics, groupIds };
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
