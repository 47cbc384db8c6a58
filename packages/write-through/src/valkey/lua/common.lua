-- The common part of all scripts, which stands before each of them.
--
-- An entry is a string of fixed-width fields:
--   kind (1: C clean, F fence, L lease) | epoch (10 digits) | version (97)
--   C: the copy's version,    then expiry ms (16 digits) | body (P payload, T tombstone, N none) | payload
--   F: the pending version,   then replaced-clean (0 or 1) | id
--   L: the floor,             then token
-- The widest head that a script uses is a fence's: 1 + 10 + 97 + 1 + 16 = 125 bytes of the 128 that
-- `header` reads. Versions are compared as strings, never as numbers:
-- Lua's numbers are not exact above 2^53.
local VERSION_AT = 11

-- Errors start with a word of their own, as the server's do:
--   CACHELOST  the cache is not the one that this epoch began with
--   DEMOTED    the server is a replica now; the client connects anew
--   LATE       the command's deadline (ms since 1970, by this server's clock) is over
-- Reading the replication id also shows a promoted, demoted or re-promoted server. A replica has
-- its primary's id, and refuses a script without the no-writes flag only while it takes no writes
-- (replica-read-only), so its role is checked as well.
local function lost_as_replica(replication)
  if string.match(replication, 'role:(%w+)') == 'master' then return nil end
  return redis.error_reply('DEMOTED the server is a replica: what it holds may lag')
end

local function refusal(guard_key, epoch, deadline_ms)
  local time = redis.call('TIME')
  if tonumber(time[1]) * 1000 + tonumber(time[2]) / 1000 > tonumber(deadline_ms) then
    return redis.error_reply('LATE the deadline was over when the command ran')
  end
  local replication = redis.call('INFO', 'replication')
  local demoted = lost_as_replica(replication)
  if demoted then return demoted end
  local guard = redis.call('GET', guard_key)
  if not guard then
    return redis.error_reply('CACHELOST the cache holds no guard: it was flushed, restarted or replaced')
  end
  local replid = string.match(replication, 'master_replid:(%w+)')
  if guard ~= epoch .. ':' .. replid then
    return redis.error_reply('CACHELOST the cache has the guard ' .. guard ..
      ', this command expects ' .. epoch .. ':' .. replid)
  end
  return nil
end

-- The part after the version must fit the kind; otherwise the value is not an entry.
local TAILS = { C = '^%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d[PTN]', F = '^[01].', L = '^.' }

local function is_entry(head)
  local tail = TAILS[string.sub(head, 1, 1)]
  return tail and string.find(head, '^[0-3]', 47) and not string.find(string.sub(head, 12, 108), '[^0-9a-f]')
    and string.find(head, tail, 109)
end

-- The first bytes of an entry, without its payload. Nil when it is absent, of another epoch, or not an entry:
-- all three count as absent, for this key alone.
local function header(key, epoch)
  local head = redis.pcall('GETRANGE', key, 0, 127)
  if type(head) == 'table' then
    if string.sub(head.err, 1, 9) == 'WRONGTYPE' then return nil end
    head = redis.call('GETRANGE', key, 0, 127)
  end
  if head == '' or string.sub(head, 2, 11) ~= epoch or not is_entry(head) then return nil end
  return head
end

local function kind_of(head) return string.sub(head, 1, 1) end
local function version_of(head) return string.sub(head, 12, 108) end
local function fence_id_of(head) return string.sub(head, 110) end
local function token_of(head) return string.sub(head, 109) end

-- Sets a clean copy that may live, or leaves nothing.
local function set_clean(key, epoch, version, tail, ttl_ms)
  if tonumber(ttl_ms) > 0 then
    redis.call('SET', key, 'C' .. epoch .. version .. tail, 'PX', ttl_ms)
  else
    redis.call('DEL', key)
  end
end

local function raise_version(key, head, version)
  if version_of(head) < version then redis.call('SETRANGE', key, VERSION_AT, version) end
end

-- The common part of publish, raise and a fill without its lease. `id` is '' for a reader that met no fence.
local function settle(key, epoch, id, version, tail, ttl_ms, ends_lease)
  local head = header(key, epoch)
  if not head then
    -- Nothing is created from absent. A value of another epoch, or of another program, is removed.
    redis.call('DEL', key)
    return
  end
  local kind = kind_of(head)
  if kind == 'C' then
    if version_of(head) < version then redis.call('DEL', key) end
  elseif kind == 'F' then
    if fence_id_of(head) ~= id then
      raise_version(key, head, version)
    elseif version >= version_of(head) then
      set_clean(key, epoch, version, tail, ttl_ms)
    end
  elseif ends_lease then
    redis.call('DEL', key)
  else
    raise_version(key, head, version)
  end
end
