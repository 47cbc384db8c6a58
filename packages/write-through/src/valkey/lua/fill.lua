-- "The store holds this", say readers that hold a lease, for several keys.
-- KEYS[1] guard, KEYS[2..] keys
-- ARGV[1] deadline ms, ARGV[2] epoch, then per key: token, version, tail, ttl ms (0: leave absent)
-- returns the number of keys
local refused = refusal(KEYS[1], ARGV[2], ARGV[1])
if refused then return refused end
local epoch = ARGV[2]
for i = 2, #KEYS do
  local at = 4 * i - 5
  local key, version, tail, ttl_ms = KEYS[i], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  local head = header(key, epoch)
  if head and kind_of(head) == 'L' and token_of(head) == ARGV[at] then
    if version >= version_of(head) then
      set_clean(key, epoch, version, tail, ttl_ms)
    else
      redis.call('DEL', key)
    end
  else
    settle(key, epoch, '', version, tail, ttl_ms, false)
  end
end
return #KEYS - 1
