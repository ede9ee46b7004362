-- Lists dead shards, the longest dead first.
-- KEYS: the run's keys
-- ARGV: epoch
-- Returns: "stale", or the shards as in claim, with an empty token
-- Changes nothing.
if is_stale(ARGV[1]) then
  return "stale"
end
local found = {}
for _, id in ipairs(redis.call("ZRANGE", dead, 0, -1)) do
  describe(found, id, "")
end
return found
