-- "I am about to read the store: let me fill", for several keys.
-- KEYS[1] guard, KEYS[2..] keys
-- ARGV[1] deadline ms, ARGV[2] epoch, ARGV[3] lowest version, then per key: token, ttl ms
-- returns per key: 'G' (granted) or the entry that is there
local refused = refusal(KEYS[1], ARGV[2], ARGV[1])
if refused then return refused end
local epoch = ARGV[2]
local replies = {}
for i = 2, #KEYS do
  local key, token, ttl_ms = KEYS[i], ARGV[2 * i], ARGV[2 * i + 1]
  local head = header(key, epoch)
  if not head then
    redis.call('SET', key, 'L' .. epoch .. ARGV[3] .. token, 'PX', ttl_ms)
    replies[i - 1] = 'G'
  elseif kind_of(head) == 'L' and token_of(head) == token then
    replies[i - 1] = 'G'
  else
    replies[i - 1] = redis.call('GET', key)
  end
end
return replies
