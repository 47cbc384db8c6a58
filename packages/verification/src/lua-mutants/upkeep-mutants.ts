/**
 * Bugs in the scripts that no read or write uses: HEAL, COLLECT, and those of
 * the guard.
 */
import type { LuaMutant } from "./lua-mutant.ts";

const healMutants: readonly LuaMutant[] = [
  {
    name: "removes whatever is there",
    script: "heal",
    text: "if redis.pcall('GET', KEYS[i]) == ARGV[i + 1] then redis.call('DEL', KEYS[i]) end",
    instead: "redis.call('DEL', KEYS[i])",
  },
  {
    name: "removes nothing",
    script: "heal",
    text: "redis.call('DEL', KEYS[i])",
    instead: "redis.call('EXISTS', KEYS[i])",
  },
  {
    name: "compares the beginning alone",
    script: "heal",
    text: "redis.pcall('GET', KEYS[i])",
    instead: "redis.call('GETRANGE', KEYS[i], 0, #ARGV[i + 1] - 1)",
  },
  {
    name: "refused above maxmemory",
    script: "heal",
    text: "#!lua flags=allow-oom",
    instead: "#!lua",
  },
];

const collectMutants: readonly LuaMutant[] = [
  {
    name: "fences of this epoch are removed",
    script: "collect",
    text: "elseif epoch < ARGV[2] then",
    instead: "elseif epoch <= ARGV[2] then",
  },
  {
    name: "what older epochs left stays",
    script: "collect",
    text: "    redis.call('DEL', KEYS[i])\n",
    instead: "",
  },
  {
    name: "what is not an entry is removed",
    script: "collect",
    text: "string.match(head, '^[CFL](%d%d%d%d%d%d%d%d%d%d)')",
    instead: "string.sub(head, 2, 11)",
  },
];

const guardMutants: readonly LuaMutant[] = [
  {
    name: "a replica that takes writes is worth an epoch",
    script: "probe",
    text: "return lost_as_replica(redis.call('INFO', 'replication')) or 1",
    instead: "return 1",
  },
  {
    name: "a server that takes no writes is worth an epoch",
    script: "probe",
    text: "#!lua flags=allow-oom",
    instead: "#!lua flags=allow-oom,no-writes",
  },
  {
    name: "an epoch begins on a replica",
    script: "begin",
    text: "if demoted then return demoted end\nlocal met",
    instead: "local met",
  },
  {
    name: "always right",
    script: "check",
    text: "return refusal(KEYS[1], ARGV[2], ARGV[1]) or 1",
    instead: "return 1",
  },
  {
    name: "any guard will do",
    script: "check",
    text: "return refusal(KEYS[1], ARGV[2], ARGV[1]) or 1",
    instead: "return redis.call('EXISTS', KEYS[1]) == 1 and 1 or refusal(KEYS[1], ARGV[2], ARGV[1])",
  },
  {
    name: "a server that takes no writes may answer",
    script: "check",
    text: "#!lua flags=allow-oom",
    instead: "#!lua flags=allow-oom,no-writes",
  },
  {
    name: "a newer guard is overwritten",
    script: "begin",
    text: "if met and string.sub(met, 1, 10) >= ARGV[1] then return 0 end",
    instead: "",
  },
  {
    name: "the guard of the same epoch is set again",
    script: "begin",
    text: "if met and string.sub(met, 1, 10) >= ARGV[1] then return 0 end",
    instead: "if met and string.sub(met, 1, 10) > ARGV[1] then return 0 end",
  },
  {
    name: "the guard has a time to live",
    script: "begin",
    text: "redis.call('SET', KEYS[1], ARGV[1] .. ':' .. replid)",
    instead: "redis.call('SET', KEYS[1], ARGV[1] .. ':' .. replid, 'EX', 86400)",
  },
];

export const upkeepMutants: readonly LuaMutant[] = [...healMutants, ...collectMutants, ...guardMutants];
