-- Asks whether an epoch could begin here. Every server that refuses our scripts refuses this one: a replica, whether
-- it takes writes or not, and a server that takes none now.
-- KEYS[1] guard
-- returns 1
return lost_as_replica(redis.call('INFO', 'replication')) or 1
