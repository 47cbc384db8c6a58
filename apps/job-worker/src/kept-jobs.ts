/**
 * The jobs that a queue keeps after their end: how large each is, and which are
 * beyond a budget.
 */
import type { Redis } from "ioredis";
import type { Budget } from "./retention-budgets.ts";

export interface KeptJob {
  readonly id: string;
  readonly bytes: number;
  /** The size of its payload alone. */
  readonly dataBytes: number;
  /** Milliseconds since 1970 when it finished; a job without that time has the time when it was sent. */
  readonly sinceMs: number;
}

export interface KeptPlace {
  /** The key of a sorted set by time, or of a list with the newest job at its head. */
  readonly key: string;
  /** The key of a job is this text and its id. */
  readonly jobKeyPrefix: string;
}

/** The bytes of keys, fields and the like, measured on Valkey with small jobs. */
const OVERHEAD_BYTES = 600;
const PAGE_JOBS = 500;

/** The script only reads, the newest jobs first. */
const MEASURE = `
local kind = redis.call("TYPE", KEYS[1]).ok
local ids = {}
if kind == "zset" then ids = redis.call("ZREVRANGE", KEYS[1], ARGV[2], ARGV[3]) end
if kind == "list" then ids = redis.call("LRANGE", KEYS[1], ARGV[2], ARGV[3]) end
local found = {}
for index, id in ipairs(ids) do
  local key = ARGV[1] .. id
  local data = redis.call("HSTRLEN", key, "data")
  local bytes = data
  for _, field in ipairs({"returnvalue", "failedReason", "stacktrace", "opts", "progress"}) do
    bytes = bytes + redis.call("HSTRLEN", key, field)
  end
  local times = redis.call("HMGET", key, "finishedOn", "timestamp")
  found[index] = {id, bytes, data, times[1] or times[2] or "0"}
end
return found
`;

type Measured = readonly [id: string, bytes: number, dataBytes: number, sinceMs: string];

/** All jobs of one place, the newest first. */
export async function* keptJobs(connection: Redis, { key, jobKeyPrefix }: KeptPlace): AsyncGenerator<KeptJob> {
  const seen = new Set<string>();
  for (let from = 0; ; from += PAGE_JOBS) {
    const to = from + PAGE_JOBS - 1;
    const page = (await connection.eval(MEASURE, 1, key, jobKeyPrefix, from, to)) as readonly Measured[];
    for (const [id, bytes, dataBytes, sinceMs] of page) {
      // Newer jobs that came meanwhile push others to the next page.
      if (seen.has(id)) continue;
      seen.add(id);
      yield { id, bytes: bytes + OVERHEAD_BYTES, dataBytes, sinceMs: Number(sinceMs) };
    }
    if (page.length < PAGE_JOBS) return;
  }
}

/** Says for each job, the newest first, whether it is beyond the budget. */
export function beyondBudget(budget: Budget, nowMs: number): (job: KeptJob) => boolean {
  let [bytes, jobs] = [0, 0];
  return ({ bytes: own, sinceMs }) => {
    bytes += own;
    jobs += 1;
    return bytes > budget.bytesMax || jobs > budget.jobsMax || nowMs - sinceMs > budget.ageMsMax;
  };
}
