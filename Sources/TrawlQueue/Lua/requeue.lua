-- Gives a dead shard another life, at the end of its line: its attempts, reclaims and job are forgotten. One that died
-- before the schedule was built is not in it, and is put on.
-- KEYS: the run's keys
-- ARGV: epoch, id, payload
-- Returns: "stale", 1 when the shard waits now, 0 when it is on the schedule already, or the run is complete: the next
--   schedule has it, because the store says that it is owed
-- Crash before: the shard is dead here and owed in the store; the next epoch has it. Crash after: the shard is pending;
--   a repeat finds nothing to do.
if is_stale(ARGV[1]) then
  return "stale"
end
local id = ARGV[2]
local state = redis.call("HGET", states, id)
if state and state ~= "dead" or redis.call("HGET", meta, "state") == "complete" then
  return 0
end
redis.call("ZREM", dead, id)
redis.call("HDEL", attempts, id)
redis.call("HDEL", reclaims, id)
redis.call("HDEL", jobs, id)
redis.call("HSET", payloads, id, ARGV[3])
wait_in_line(id, false)
event("requeued", id, state or "")
return 1
