-- Gives a failed shard back, to be claimed again after a delay, or buries it.
-- KEYS: the run's keys
-- ARGV: epoch, id, token, delay in ms, "1" to bury at once, attempts at which a shard is dead
-- Returns: "stale", 1 when the shard is dead now, else 0. Without a matching token nothing changes, so a repeat is safe.
-- Crash before: the lease runs out, which counts as a reclaim. Crash after: the shard waits in `delayed` or `dead`.
if is_stale(ARGV[1]) then
  return "stale"
end
local id = ARGV[2]
if redis.call("HGET", tokens, id) ~= ARGV[3] then
  return redis.call("HGET", states, id) == "dead" and 1 or 0
end
local now = now_ms()
drop_lease(id)
local count = redis.call("HINCRBY", attempts, id, 1)
if ARGV[5] == "1" or count >= tonumber(ARGV[6]) then
  bury(id, now, ARGV[5] == "1" and "given up" or "attempts")
  return 1
end
redis.call("ZADD", delayed, now + tonumber(ARGV[4]), id)
redis.call("HSET", states, id, "delayed")
return 0
