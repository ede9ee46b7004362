-- Takes one request out of the run's budget, or gives one back that was not made.
-- KEYS: the run's meta
-- ARGV: the most requests the run may make; 1 to take, -1 to give back
-- Returns: 1 when it was taken or given back, 0 when the budget is spent, -1 when the run is not known
-- The count is of requests granted, not of requests reported by beats: it is exact across processes, and never low.
-- Crash before: nothing happened. Crash after: one request less is made than was allowed.
local granted = redis.call("HGET", KEYS[1], "granted")
if not granted then
  return -1
end
if ARGV[2] == "1" and tonumber(granted) >= tonumber(ARGV[1]) then
  return 0
end
redis.call("HINCRBY", KEYS[1], "granted", ARGV[2])
return 1
