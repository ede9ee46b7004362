-- Stops the run for everybody: the first halt stays, and the run drains.
-- KEYS: the run's keys
-- ARGV: epoch, exit code, message
-- Returns: "stale", 1 when this halt is the one that stays, 0 when another was first
-- Crash before: nothing happened. Crash after: every worker learns of it from its next claim or beat.
if is_stale(ARGV[1]) then
  return "stale"
end
if redis.call("HSETNX", meta, "haltCode", ARGV[2]) == 0 then
  return 0
end
redis.call("HSET", meta, "haltMessage", ARGV[3])
local state = redis.call("HGET", meta, "state")
if state == "running" or state == "paused" then
  redis.call("HSET", meta, "state", "draining")
end
event("halt", ARGV[2], ARGV[3])
return 1
