-- Could an epoch begin here? Refused where every script of ours is: by a replica, whether it takes
-- writes or not, and by a server that takes none now.
-- KEYS[1] guard
-- returns 1
return lost_as_replica(redis.call('INFO', 'replication')) or 1
