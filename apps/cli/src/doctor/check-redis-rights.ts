/** Checks which commands of a program its login may use on the server of the cache or the queue. */
import {
  type CacheClient,
  type ProgramWithRights,
  redisCommandsOf,
  type RedisServer,
  redisKeyFor,
  refusedRedisCommands,
} from "@trilane/lane-kit";
import type { Findings } from "./finding.ts";

export interface RedisRightsToCheck {
  readonly client: CacheClient;
  readonly server: RedisServer;
  readonly program: ProgramWithRights;
  /** Of the table for the cache, of the queue for the queue. */
  readonly name: string;
  /** Of the queue's keys. */
  readonly prefix?: string | undefined;
}

export async function checkRedisRights(
  findings: Findings,
  { client, server, program, name, prefix }: RedisRightsToCheck,
): Promise<void> {
  const commands = redisCommandsOf(server, program);
  const refused = await refusedRedisCommands(client, { commands, key: redisKeyFor(server, name, prefix) });
  for (const command of refused)
    findings.failure(
      `${command} is refused; give the user that command, see \`trilane rights --program ${program} --as redis\``,
    );
  if (refused.length === 0) findings.ok(`rights: ${commands.length} commands of ${program}`);
}
