-- "This is not an entry": readers say it about a value that a get gave them, for several keys.
-- KEYS[1] guard, KEYS[2..] keys
-- ARGV[1] deadline ms, ARGV[2] epoch, then per key: the whole value that was seen
-- returns the number of keys
local refused = refusal(KEYS[1], ARGV[2], ARGV[1])
if refused then return refused end
for i = 2, #KEYS do
  -- The value that has replaced it may be a fence. A value of another type is never the one that was seen.
  if redis.pcall('GET', KEYS[i]) == ARGV[i + 1] then redis.call('DEL', KEYS[i]) end
end
return #KEYS - 1
