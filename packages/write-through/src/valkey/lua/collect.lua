-- Removes entries of older epochs, and reports fences of this one, for several keys.
-- KEYS[1] guard, KEYS[2..] keys
-- ARGV[1] deadline ms, ARGV[2] epoch
-- returns per key: 'R' removed, 'F' a fence of this epoch, 'K' anything else
local refused = refusal(KEYS[1], ARGV[2], ARGV[1])
if refused then return refused end
local replies = {}
for i = 2, #KEYS do
  local head = redis.pcall('GETRANGE', KEYS[i], 0, 127)
  local epoch = type(head) == 'string' and string.match(head, '^[CFL](%d%d%d%d%d%d%d%d%d%d)')
  if not epoch or epoch > ARGV[2] then
    replies[i - 1] = 'K'
  elseif epoch < ARGV[2] then
    -- For every command of this epoch it was already absent, and no command of its own epoch runs any more.
    redis.call('DEL', KEYS[i])
    replies[i - 1] = 'R'
  else
    replies[i - 1] = string.sub(head, 1, 1) == 'F' and 'F' or 'K'
  end
end
return replies
