/**
 * Bugs that a change of the scripts could bring. Each takes away the purpose of
 * one line. They concern the Lua text alone; the model that the explorer runs
 * does not have them (the mutants of the model stand beside it).
 */
import type { LuaMutant } from "./lua-mutant.ts";
import { upkeepMutants } from "./upkeep-mutants.ts";

const commonMutants: readonly LuaMutant[] = [
  {
    name: "the deadline is compared in seconds, so that it never passes",
    script: "common",
    text: "tonumber(time[1]) * 1000 + tonumber(time[2]) / 1000 > tonumber(deadline_ms)",
    instead: "tonumber(time[1]) + tonumber(time[2]) / 1000000 > tonumber(deadline_ms)",
  },
  {
    name: "a missing guard is taken for the right one",
    script: "common",
    text: "    return redis.error_reply('CACHELOST the cache holds no guard: it was flushed, restarted or replaced')",
    instead: "    return nil",
  },
  {
    name: "the replication id is not compared",
    script: "common",
    text: "if guard ~= epoch .. ':' .. replid then",
    instead: "if string.sub(guard, 1, 10) ~= epoch then",
  },
  {
    name: "a demoted server that takes writes is not noticed",
    script: "common",
    text: "if string.match(replication, 'role:(%w+)') == 'master' then return nil end",
    instead: "if string.match(replication, 'role:(%w+)') then return nil end",
  },
  {
    name: "commands of an older epoch run",
    script: "common",
    text: "if guard ~= epoch .. ':' .. replid then",
    instead: "if guard < epoch .. ':' .. replid then",
  },
  {
    name: "entries of another epoch count",
    script: "common",
    text: "or string.sub(head, 2, 11) ~= epoch or not",
    instead: "or not",
  },
  {
    name: "what is not an entry counts as one",
    script: "common",
    text: " or not is_entry(head) then",
    instead: " then",
  },
  {
    name: "what stands behind the version is not looked at",
    script: "common",
    text: "    and string.find(head, tail, 109)",
    instead: "",
  },
  {
    name: "a version of other characters counts as one",
    script: "common",
    text: "and not string.find(string.sub(head, 12, 108), '[^0-9a-f]')",
    instead: "",
  },
  {
    name: "a key of another type fails the keys beside it",
    script: "common",
    text: "    if string.sub(head.err, 1, 9) == 'WRONGTYPE' then return nil end\n",
    instead: "",
  },
  {
    name: "too little of an entry is read",
    script: "common",
    text: "redis.pcall('GETRANGE', key, 0, 127)",
    instead: "redis.pcall('GETRANGE', key, 0, 123)",
  },
  {
    name: "copies live for ever",
    script: "common",
    text: "redis.call('SET', key, 'C' .. epoch .. version .. tail, 'PX', ttl_ms)",
    instead: "redis.call('SET', key, 'C' .. epoch .. version .. tail)",
  },
  {
    name: "a copy that may not be kept leaves the old entry",
    script: "common",
    text: "  else\n    redis.call('DEL', key)\n  end\nend\n\nlocal function raise_version",
    instead: "  end\nend\n\nlocal function raise_version",
  },
  {
    name: "versions are compared as numbers",
    script: "common",
    text: "if version_of(head) < version then redis.call('SETRANGE', key, VERSION_AT, version) end",
    instead:
      "if tonumber(string.sub(version_of(head), 1, 36)) < tonumber(string.sub(version, 1, 36)) then redis.call('SETRANGE', key, VERSION_AT, version) end",
  },
  {
    name: "a fence is cleared where its pending version is equal as a number",
    script: "common",
    text: "elseif version >= version_of(head) then",
    instead: "elseif tonumber(string.sub(version, 1, 36)) >= tonumber(string.sub(version_of(head), 1, 36)) then",
  },
  {
    name: "only event times are compared",
    script: "common",
    text: "if version_of(head) < version then redis.call('SETRANGE', key, VERSION_AT, version) end",
    instead:
      "if string.sub(version_of(head), 1, 16) < string.sub(version, 1, 16) then redis.call('SETRANGE', key, VERSION_AT, version) end",
  },
  {
    name: "a version is written one byte off",
    script: "common",
    text: "local VERSION_AT = 11",
    instead: "local VERSION_AT = 12",
  },
  {
    name: "a copy is created from absent",
    script: "common",
    text: "    redis.call('DEL', key)\n    return\n",
    instead: "    set_clean(key, epoch, version, tail, ttl_ms)\n    return\n",
  },
  {
    name: "what another epoch left stays",
    script: "common",
    text: "    redis.call('DEL', key)\n    return\n",
    instead: "    return\n",
  },
  {
    name: "a copy behind the store stays",
    script: "common",
    text: "    if version_of(head) < version then redis.call('DEL', key) end",
    instead: "",
  },
  {
    name: "a copy behind the store is replaced in place of removed",
    script: "common",
    text: "    if version_of(head) < version then redis.call('DEL', key) end",
    instead: "    if version_of(head) < version then set_clean(key, epoch, version, tail, ttl_ms) end",
  },
  {
    name: "a fence is cleared below what is pending",
    script: "common",
    text: "elseif version >= version_of(head) then",
    instead: "else",
  },
  {
    name: "another's fence is not told what the store holds",
    script: "common",
    text: "      raise_version(key, head, version)\n    elseif",
    instead: "    elseif",
  },
];

const writerMutants: readonly LuaMutant[] = [
  {
    name: "pending is not raised",
    script: "fence",
    text: "    raise_version(key, head, version)\n    replies",
    instead: "    replies",
  },
  {
    name: "the own id is answered, not the one met",
    script: "fence",
    text: "replies[i - 1] = 'F' .. string.sub(head, 109)",
    instead: "replies[i - 1] = 'F' .. string.sub(head, 109, 109) .. id",
  },
  {
    name: "the fence has a time to live",
    script: "fence",
    text: "'F' .. epoch .. version .. replaced_clean .. id)\n",
    instead: "'F' .. epoch .. version .. replaced_clean .. id, 'PX', 60000)\n",
  },
  {
    name: "every copy covers the write",
    script: "fence",
    text: "if kind == 'C' and version_of(head) >= version then",
    instead: "if kind == 'C' then",
  },
  {
    name: "a copy covers the write where it is equal as a number",
    script: "fence",
    text: "if kind == 'C' and version_of(head) >= version then",
    instead:
      "if kind == 'C' and tonumber(string.sub(version_of(head), 1, 36)) >= tonumber(string.sub(version, 1, 36)) then",
  },
  {
    name: "an equal copy does not cover the write",
    script: "fence",
    text: "if kind == 'C' and version_of(head) >= version then",
    instead: "if kind == 'C' and version_of(head) > version then",
  },
  {
    name: "refused above maxmemory",
    script: "fence",
    text: "#!lua flags=allow-oom",
    instead: "#!lua",
  },
  {
    name: "the id is ignored",
    script: "publish",
    text: "settle(KEYS[i], ARGV[2], ARGV[at],",
    instead: "settle(KEYS[i], ARGV[2], string.sub(redis.call('GETRANGE', KEYS[i], 0, 127), 110),",
  },
  {
    name: "a lease outlives the publish",
    script: "publish",
    text: "ARGV[at + 3], true)",
    instead: "ARGV[at + 3], false)",
  },
  {
    name: "only the first key is settled",
    script: "publish",
    text: "for i = 2, #KEYS do",
    instead: "for i = 2, 2 do",
  },
  {
    name: "refused above maxmemory",
    script: "publish",
    text: "#!lua flags=allow-oom",
    instead: "#!lua",
  },
];

const readerMutants: readonly LuaMutant[] = [
  {
    name: "the raise ends another's lease",
    script: "raise",
    text: "ARGV[at + 3], false)",
    instead: "ARGV[at + 3], true)",
  },
  {
    name: "the id met is not passed on, so readers clear no fence",
    script: "raise",
    text: "settle(KEYS[i], ARGV[2], ARGV[at],",
    instead: "settle(KEYS[i], ARGV[2], '',",
  },
  {
    name: "granted over another's lease",
    script: "lease",
    text: "elseif kind_of(head) == 'L' and token_of(head) == token then",
    instead: "elseif kind_of(head) == 'L' then",
  },
  {
    name: "granted over a fence",
    script: "lease",
    text: "  if not head then\n    redis.call('SET'",
    instead: "  if not head or kind_of(head) == 'F' then\n    redis.call('SET'",
  },
  {
    name: "the lease never ends",
    script: "lease",
    text: "ARGV[3] .. token, 'PX', ttl_ms)",
    instead: "ARGV[3] .. token)",
  },
  {
    name: "runs above maxmemory",
    script: "lease",
    text: "#!lua\n",
    instead: "#!lua flags=allow-oom\n",
  },
  {
    name: "the floor is ignored",
    script: "fill",
    text: "    if version >= version_of(head) then",
    instead: "    if true then",
  },
  {
    name: "the floor is compared as a number",
    script: "fill",
    text: "    if version >= version_of(head) then",
    instead: "    if tonumber(string.sub(version, 1, 36)) >= tonumber(string.sub(version_of(head), 1, 36)) then",
  },
  {
    name: "the token is ignored",
    script: "fill",
    text: "kind_of(head) == 'L' and token_of(head) == ARGV[at] then",
    instead: "kind_of(head) == 'L' then",
  },
  {
    name: "a fill below its floor keeps the lease",
    script: "fill",
    text: "    else\n      redis.call('DEL', key)\n    end\n",
    instead: "    end\n",
  },
  {
    name: "a fill that lost its lease tells nothing",
    script: "fill",
    text: "    settle(key, epoch, '', version, tail, ttl_ms, false)",
    instead: "",
  },
  {
    name: "runs above maxmemory",
    script: "fill",
    text: "#!lua\n",
    instead: "#!lua flags=allow-oom\n",
  },
];

export const luaMutants: readonly LuaMutant[] = [
  ...commonMutants,
  ...writerMutants,
  ...readerMutants,
  ...upkeepMutants,
];
