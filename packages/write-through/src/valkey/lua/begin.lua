-- Sets the guard of a new epoch.
-- KEYS[1] guard
-- ARGV[1] epoch (10 digits)
-- returns 1 when set, 0 when the guard is of this or a newer epoch
local replication = redis.call('INFO', 'replication')
local demoted = lost_as_replica(replication)
if demoted then return demoted end
local met = redis.call('GET', KEYS[1])
if met and string.sub(met, 1, 10) >= ARGV[1] then return 0 end
local replid = string.match(replication, 'master_replid:(%w+)')
redis.call('SET', KEYS[1], ARGV[1] .. ':' .. replid)
return 1
