-- "The store holds this", say readers before they answer with it, for several keys.
-- KEYS[1] guard, KEYS[2..] keys
-- ARGV[1] deadline ms, ARGV[2] epoch, then per key: id of the fence met or '', version, tail, ttl ms (0: leave absent)
-- returns the number of keys
local refused = refusal(KEYS[1], ARGV[2], ARGV[1])
if refused then return refused end
for i = 2, #KEYS do
  local at = 4 * i - 5
  settle(KEYS[i], ARGV[2], ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], false)
end
return #KEYS - 1
