-- Checks that this is the cache that the epoch began with. It is sent after the keys of every get.
-- KEYS[1] guard
-- ARGV[1] deadline ms, ARGV[2] epoch
-- returns 1
return refusal(KEYS[1], ARGV[2], ARGV[1]) or 1
