/** The programs of the demo as users of secured servers, with the rights of docs/rights.md and no others. */
import { awsActionsOf, kafkaAclsOf, type ProgramWithRights, redisRulesOf } from "@trilane/lane-kit";
import { setKafkaRights, type SecuredServers, startSecuredServers } from "@trilane/servers";
import { deadTopicOf } from "@trilane/stream-consumer";
import type { Kafka } from "kafkajs";

const USERS = ["load", "stream", "worker", "api"] as const satisfies readonly ProgramWithRights[];

export function startServersForPrograms(): Promise<SecuredServers> {
  const actions = new Map<string, readonly string[]>(USERS.map((user) => [user, awsActionsOf(user)]));
  return startSecuredServers({ users: USERS, awsActionsOf: (user) => actions.get(user) ?? [] });
}

/** @param run the name of table, queue, topic and consumer group */
export async function grantPrograms(
  secured: SecuredServers,
  { run, kafka }: { readonly run: string; readonly kafka: Kafka },
): Promise<void> {
  const names = { topics: [run], letters: [deadTopicOf(run, run)], group: [run], "former group": [] };
  const admin = kafka.admin();
  await admin.connect();
  try {
    for (const user of USERS) {
      for (const server of ["cache", "queue"] as const)
        await secured.grant(server, user, redisRulesOf(server, user, run));
      await setKafkaRights(admin, user, kafkaAclsOf(user, names));
    }
  } finally {
    await admin.disconnect();
  }
}
