-- Sets the run's state. Running again forgets a halt; a complete run's keys get an end of life.
-- KEYS: the run's keys
-- ARGV: epoch, state, life of a complete run's keys in ms, then the states from which it may be set (none: from any)
-- Returns: "stale", or the state before. Where that is not one of those, nothing was changed.
-- Crash before: nothing happened. Crash after: every worker learns of it from its next claim or beat.
if is_stale(ARGV[1]) then
  return "stale"
end
local before = redis.call("HGET", meta, "state")
local allowed = #ARGV < 4
for index = 4, #ARGV do
  allowed = allowed or ARGV[index] == before
end
if not allowed then
  return before
end
redis.call("HSET", meta, "state", ARGV[2])
if ARGV[2] == "running" then
  redis.call("HDEL", meta, "haltCode", "haltMessage")
end
if before ~= ARGV[2] then
  event("state", ARGV[2], before)
end
for index = 1, run_keys do
  if ARGV[2] == "complete" then
    redis.call("PEXPIRE", KEYS[index], ARGV[3])
  elseif before == "complete" then
    redis.call("PERSIST", KEYS[index])
  end
end
return before
