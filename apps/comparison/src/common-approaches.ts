/**
 * The approaches that people use instead, as short as they are in practice.
 * Where several forms are common, the safer one is taken: a write whose cache
 * step fails is sent again, a record that is sent again has its cache step
 * again, a record that the store refused for a newer one sets nothing, and
 * copies live for only ten seconds.
 */
import type { Approach, ComparedRecord, OpenApproach, ApproachPorts } from "./approach.ts";
import { getConsistently, putIfNewer } from "./plain-store.ts";

export const TTL_SECONDS = 10;

const SET_IF_NEWER = `
local current = redis.call('GET', KEYS[1])
if current and cjson.decode(current).version >= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1
`;

export const commonApproaches: readonly Approach[] = [
  {
    name: "cache-aside with TTL",
    summary: "write: put. Read: GET; on a miss a consistent read, then SET with a TTL",
    open: (parts) =>
      Promise.resolve({
        write: async (record) => {
          await putIfNewer(parts, record);
        },
        read: (key) => readAside(parts, key, setRecord),
      }),
  },
  {
    name: "put, then SET",
    summary: "write: put, then SET with a TTL unless the store has a newer one. Read: cache-aside",
    open: (parts) =>
      Promise.resolve({
        write: async (record) => {
          if (await putIfNewer(parts, record)) await setRecord(parts, record);
        },
        read: (key) => readAside(parts, key, setRecord),
      }),
  },
  {
    name: "put, then DEL",
    summary: "write: put, then DEL. Read: cache-aside",
    open: (parts) =>
      Promise.resolve({
        write: async (record) => {
          await putIfNewer(parts, record);
          await parts.cache.del(parts.prefix + record.key);
        },
        read: (key) => readAside(parts, key, setRecord),
      }),
  },
  {
    name: "put, then set-if-newer",
    summary: "as put, then SET, by a script that sets nothing where the cache has a newer copy; so do fills",
    open: (parts) =>
      Promise.resolve({
        write: async (record) => {
          if (await putIfNewer(parts, record)) await setIfNewer(parts, record);
        },
        read: (key) => readAside(parts, key, setIfNewer),
      }),
  },
];

async function readAside(
  parts: ApproachPorts,
  key: string,
  fill: (parts: ApproachPorts, record: ComparedRecord) => Promise<unknown>,
): ReturnType<OpenApproach["read"]> {
  const cached = await parts.cache.get(parts.prefix + key);
  if (cached !== null) return (JSON.parse(cached) as ComparedRecord).version;
  const record = await getConsistently(parts, key);
  if (record === null) return null;
  await fill(parts, record);
  return record.version;
}

function setRecord({ cache, prefix }: ApproachPorts, record: ComparedRecord): Promise<unknown> {
  return cache.set(prefix + record.key, JSON.stringify(record), "EX", TTL_SECONDS);
}

function setIfNewer({ cache, prefix }: ApproachPorts, record: ComparedRecord): Promise<unknown> {
  return cache.eval(SET_IF_NEWER, 1, prefix + record.key, record.version, JSON.stringify(record), TTL_SECONDS);
}
