-- "A write of this version is about to reach the store", for several keys.
-- KEYS[1] guard, KEYS[2..] keys
-- ARGV[1] deadline ms, ARGV[2] epoch, then per key: version, id
-- returns per key: 'C' .. version (covered by a clean copy) or 'F' .. replaced-clean .. id
local refused = refusal(KEYS[1], ARGV[2], ARGV[1])
if refused then return refused end
local epoch = ARGV[2]
local replies = {}
for i = 2, #KEYS do
  local key, version, id = KEYS[i], ARGV[2 * i - 1], ARGV[2 * i]
  local head = header(key, epoch)
  local kind = head and kind_of(head)
  if kind == 'C' and version_of(head) >= version then
    replies[i - 1] = 'C' .. version_of(head)
  elseif kind == 'F' then
    raise_version(key, head, version)
    replies[i - 1] = 'F' .. string.sub(head, 109)
  else
    local replaced_clean = kind == 'C' and '1' or '0'
    redis.call('SET', key, 'F' .. epoch .. version .. replaced_clean .. id)
    replies[i - 1] = 'F' .. replaced_clean .. id
  end
end
return replies
