/**
 * Tries commands on a server of Redis or Valkey with the login of a connection.
 * Where the login may begin a transaction, the commands are only named in one
 * that is discarded, because the server refuses a command when it is named.
 * Elsewhere they run on a key of their own, which expires at once.
 */
import { messageOf } from "@trilane/write-through";
import type { Cluster, Redis } from "ioredis";

const KEY_LIFETIME_MS = 1_000;

/** Arguments that the server accepts before it looks at the rights; a command that is not here takes the key alone. */
function argumentsOf(command: string, key: string): readonly (string | number)[] {
  const own: Readonly<Record<string, readonly (string | number)[]>> = {
    info: ["server"],
    "client|setname": ["trilane:doctor"],
    "client|setinfo": ["LIB-NAME", "trilane-doctor"],
    "client|list": [],
    time: [],
    scan: [0, "COUNT", 1],
    eval: ["return 1", 0],
    evalsha: ["0".repeat(40), 0],
    set: [key, "", "PX", KEY_LIFETIME_MS],
    xread: ["COUNT", 1, "STREAMS", key, "0"],
    xadd: [key, "*", "field", ""],
    xtrim: [key, "MAXLEN", 1],
    hincrby: [key, "field", 1],
    zadd: [key, 0, "member"],
    lset: [key, 0, ""],
    rpoplpush: [key, key],
  };
  const found = own[command];
  if (found !== undefined) return found;
  if (PAIRS.has(command)) return [key, "field", "value"];
  if (SINGLES.has(command)) return [key, "field"];
  if (RANGES.has(command)) return [key, 0, 0];
  if (NUMBERS.has(command)) return [key, 1];
  return command.endsWith("bylex") || command === "zlexcount" ? [key, "-", "+"] : [key];
}

const PAIRS = new Set(["hset", "hmset"]);
const SINGLES = new Set("hget hmget hdel hexists hstrlen lpush rpush lpos zrem zscore sadd srem sismember".split(" "));
const RANGES = new Set(
  "getrange setrange lrange lrem ltrim zcount zrange zrangebyscore zremrangebyrank zremrangebyscore zrevrange zrevrangebyscore".split(
    " ",
  ),
);
const NUMBERS = new Set(["lindex", "pexpire", "pexpireat", "bzpopmin"]);
const TRANSACTION: ReadonlySet<string> = new Set(["multi", "exec", "discard"]);

/**
 * Returns the commands that the login may not use. Where it may begin a transaction and not end one, nothing else is
 * tried.
 * @param key one that the rights of the login cover
 * @throws Error where the server answers something else than a refusal of rights
 */
export async function refusedRedisCommands(
  client: Redis | Cluster,
  { commands, key }: { readonly commands: readonly string[]; readonly key: string },
): Promise<readonly string[]> {
  const others = commands.filter((command) => !TRANSACTION.has(command));
  if (others.length === commands.length) return await refusedAmong(client, others, key);
  const refused = await refusedForTransactions(client);
  if (refused.length > 0) return refused;
  await client.call("MULTI");
  try {
    return await refusedAmong(client, others, key);
  } finally {
    await client.call("DISCARD");
  }
}

async function refusedAmong(
  client: Redis | Cluster,
  commands: readonly string[],
  key: string,
): Promise<readonly string[]> {
  const refused: string[] = [];
  for (const command of commands) if (await isRefused(client, wordsOf(command, key))) refused.push(command);
  return refused;
}

/** Each way to end a transaction is tried, and the other one ends it where it is refused. */
async function refusedForTransactions(client: Redis | Cluster): Promise<readonly string[]> {
  for (const [ending, other] of [
    ["discard", "EXEC"],
    ["exec", "DISCARD"],
  ] as const) {
    if (await isRefused(client, ["MULTI"])) return ["multi"];
    if (!(await isRefused(client, [ending]))) continue;
    // A transaction with a refused command is given up, and the answer says so.
    await client.call(other).catch(() => undefined);
    return [ending];
  }
  return [];
}

function wordsOf(command: string, key: string): readonly [string, ...(string | number)[]] {
  const [name = command, ...subcommand] = command.split("|");
  return [name, ...subcommand, ...argumentsOf(command, key)];
}

/** Other refusals than those of rights say that the command itself is allowed, such as a script that is not there. */
async function isRefused(
  client: Redis | Cluster,
  [name, ...rest]: readonly [string, ...(string | number)[]],
): Promise<boolean> {
  try {
    await client.call(name, ...rest.map(String));
    return false;
  } catch (error) {
    const message = messageOf(error);
    if (message.includes("NOPERM")) return true;
    if (/^(NOSCRIPT|WRONGTYPE|ERR no such key|ERR index out of range|BUSYKEY)/.test(message)) return false;
    throw error;
  }
}
