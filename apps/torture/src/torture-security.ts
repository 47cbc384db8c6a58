/**
 * TLS, logins and rights for a run: each process comes as a user with the rights
 * of its program alone, and whatever is refused to it is a problem of the run.
 * The conductor comes by the servers' open ways.
 */
import { awsActionsOf, kafkaAclsOf, type ProgramWithRights, redisRulesOf } from "@trilane/lane-kit";
import {
  type AwsGate,
  createSecurity,
  freePort,
  type RedisConfig,
  type SecuredListeners,
  type ServerHandle,
  setKafkaRights,
  startAwsGate,
} from "@trilane/servers";
import { deadTopicOf } from "@trilane/stream-consumer";
import type { TcpProxy } from "@trilane/verification/faults";
import type { Kafka } from "kafkajs";
import type { ClientName, ServerName } from "./torture-servers.ts";

export interface TortureSecurity {
  readonly kafka: SecuredListeners;
  /** The directives of the cache's and the queue's server. */
  configOf(server: "cache" | "queue"): RedisConfig;
  /** Opens the gates before the store and S3, which know no rights. */
  openGates(servers: Readonly<Record<"dynamodb" | "s3", ServerHandle>>): Promise<void>;
  /** The port of a server's secured way; undefined where it has none of its own. */
  portOf(server: ServerName): number | undefined;
  /** The settings in addition to addresses of open ways. */
  environmentOf(
    client: ClientName,
    ports: Readonly<Partial<Record<ServerName, number>>>,
  ): Readonly<Record<string, string>>;
  /** Gives the users their rights on Kafka. */
  grantOnKafka(kafka: Kafka): Promise<void>;
  /** Actions that were refused, as `user action`. A server that was killed has forgotten its own. */
  refused(servers: Readonly<Record<"cache" | "queue", ServerHandle>>): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Library processes read, write and erase. */
const USERS: Readonly<Record<Exclude<ClientName, "conductor">, ProgramWithRights>> = {
  stream: "stream",
  batch: "load",
  worker: "worker",
  api: "api",
  reader: "eraser",
};

/** @param kafkaProxy leads to Kafka's secured way from now on */
export async function openTortureSecurity({
  run,
  kafkaProxy,
}: {
  readonly run: string;
  readonly kafkaProxy: TcpProxy;
}): Promise<TortureSecurity> {
  const users = Object.values(USERS);
  const security = await createSecurity({ users, advertisedLoginPort: kafkaProxy.port });
  kafkaProxy.retarget(security.kafka.loginPort);
  const tlsPorts = { cache: await freePort(), queue: await freePort() };
  const actions = new Map<string, readonly string[]>(users.map((user) => [user, awsActionsOf(user)]));
  const mayDo = (user: string, action: string): boolean => actions.get(user)?.includes(action) === true;
  const gates: Partial<Record<ServerName, AwsGate>> = {};
  return {
    kafka: security.kafka,
    configOf: (server) => ({
      ...security.tlsConfig(tlsPorts[server]),
      ...security.usersConfig((user) => redisRulesOf(server, user as ProgramWithRights, run)),
    }),
    async openGates(servers) {
      for (const server of ["dynamodb", "s3"] as const)
        gates[server] = await startAwsGate({ upstreamPort: servers[server].port, mayDo });
    },
    portOf: (server) => (server === "cache" || server === "queue" ? tlsPorts[server] : gates[server]?.port),
    environmentOf: (client, ports) => (client === "conductor" ? {} : security.environmentOf(USERS[client], ports)),
    async grantOnKafka(kafka) {
      const names = { topics: [run], letters: [deadTopicOf(run, run)], group: [run], "former group": [] };
      const admin = kafka.admin();
      await admin.connect();
      try {
        for (const user of users) await setKafkaRights(admin, user, kafkaAclsOf(user, names));
      } finally {
        await admin.disconnect();
      }
    },
    async refused({ cache, queue }) {
      const commands = await Promise.all([cache.url, queue.url].map((url) => security.refused(url)));
      const calls = Object.values(gates).flatMap((gate) => [...gate.refused]);
      return [...new Set([...calls, ...commands.flat()])].toSorted();
    },
    async close() {
      await Promise.all(Object.values(gates).map((gate) => gate.close()));
      await security.close();
    },
  };
}
