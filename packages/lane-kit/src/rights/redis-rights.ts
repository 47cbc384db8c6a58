/** The commands of each program on the servers of the cache and of the queue. */
import { CACHE_USERS, type ProgramWithRights, type RightOf } from "./rights.ts";

export interface RedisRight extends RightOf {
  /** In the form of an ACL rule without its sign, such as `client|setname`. */
  readonly command: string;
}

function each(commands: string, right: RightOf): readonly RedisRight[] {
  return commands.split(" ").map((command) => ({ command, ...right }));
}

/** The scripts of the core call commands of their own, and the server asks for the user's rights on these as well. */
export const CACHE_RIGHTS: readonly RedisRight[] = [
  ...each("info client|setname client|setinfo", {
    by: CACHE_USERS,
    does: "connects, and looks at the server's settings",
  }),
  ...each("eval evalsha", { by: CACHE_USERS, does: "runs the scripts of the core" }),
  ...each("get getrange mget", { by: CACHE_USERS, does: "reads copies and the guard" }),
  ...each("set setrange del type time", { by: CACHE_USERS, does: "writes copies and fences" }),
  ...each("scan", { by: CACHE_USERS, does: "looks for entries that nobody will ask for again" }),
  ...each("client|list", { by: ["operator"], does: "lists the processes that are connected" }),
  ...each("multi exec discard", { by: ["operator"], does: "tries rights without a change (`trilane doctor`)" }),
];

/** Only with a cluster. */
export const CLUSTER_RIGHTS: readonly RedisRight[] = each("cluster|slots cluster|shards cluster|info asking readonly", {
  by: CACHE_USERS,
  does: "follows the slots of a cluster",
});

const SENDERS = ["worker", "sender", "operator", "eraser"] as const satisfies readonly ProgramWithRights[];
const WORKERS = ["worker", "operator", "eraser"] as const satisfies readonly ProgramWithRights[];

export const QUEUE_RIGHTS: readonly RedisRight[] = [
  ...each("info client|setname client|setinfo", { by: SENDERS, does: "connects, and looks at the server's memory" }),
  ...each("eval evalsha time", { by: SENDERS, does: "runs BullMQ's scripts" }),
  ...each("multi exec discard", { by: SENDERS, does: "adds several jobs at once" }),
  ...each("get set del unlink exists type incr persist pexpire pexpireat pttl", {
    by: SENDERS,
    does: "keeps marks and locks",
  }),
  ...each("hget hset hmget hmset hgetall hdel hexists hincrby hlen hstrlen", {
    by: SENDERS,
    does: "reads and writes jobs",
  }),
  ...each("lpush rpush lpos llen lrange lrem lindex ltrim lpop rpop rpoplpush lset", {
    by: SENDERS,
    does: "moves waiting jobs",
  }),
  ...each(
    "zadd zcard zcount zrange zrangebylex zrangebyscore zrem zremrangebyrank zremrangebyscore zrevrange zrevrangebyscore zscore zpopmin zlexcount",
    {
      by: SENDERS,
      does: "moves delayed and finished jobs",
    },
  ),
  ...each("sadd scard srem smembers sismember", { by: SENDERS, does: "keeps jobs that belong together" }),
  ...each("xadd xlen xtrim", { by: SENDERS, does: "tells of the state of jobs" }),
  ...each("xread", { by: ["sender", "worker"], does: "waits for the end of a job" }),
  ...each("bzpopmin", { by: ["worker"], does: "waits for jobs" }),
  ...each("scan memory|usage", { by: WORKERS, does: "goes through jobs, and keeps within the memory" }),
];

export type RedisServer = "cache" | "queue";

/** The prefix of BullMQ itself. */
export const QUEUE_PREFIX_DEFAULT = "bull";

const RIGHTS: Readonly<Record<RedisServer, readonly RedisRight[]>> = { cache: CACHE_RIGHTS, queue: QUEUE_RIGHTS };

/** Without the commands of a cluster. */
export function redisCommandsOf(server: RedisServer, program: ProgramWithRights): readonly string[] {
  return RIGHTS[server].filter(({ by }) => by.includes(program)).map(({ command }) => command);
}

/**
 * The words of `ACL SETUSER` behind the user's name and password; empty where the program does not use the server.
 * @param name of the table for the cache, of the queue for the queue
 * @param prefix of the queue's keys (TRILANE_QUEUE_PREFIX)
 */
export function redisRulesOf(
  server: RedisServer,
  program: ProgramWithRights,
  name: string,
  prefix: string = QUEUE_PREFIX_DEFAULT,
): readonly string[] {
  const commands = redisCommandsOf(server, program);
  if (commands.length === 0) return [];
  const keys = server === "cache" ? [`~${name}:*`] : [`~${prefix}:${name}:*`, `~${prefix}:${name}-dead:*`];
  return [...keys, "-@all", ...commands.map((command) => `+${command}`)];
}

/** A key that nothing uses and that the rules of {@link redisRulesOf} cover. */
export function redisKeyFor(server: RedisServer, name: string, prefix: string = QUEUE_PREFIX_DEFAULT): string {
  return server === "cache" ? `${name}:#doctor` : `${prefix}:${name}:#doctor`;
}
