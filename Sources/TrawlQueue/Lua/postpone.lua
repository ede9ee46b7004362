-- Gives back a shard whose data is not complete yet, to be claimed again after a delay: neither an attempt nor a reclaim
-- is charged.
-- KEYS: the run's keys
-- ARGV: epoch, id, token, delay in ms, the instant the data is complete up to (text)
-- Returns: "stale", 1 when it waits now, 0 when it is not the caller's any more
-- Crash before: the lease runs out, which counts as a reclaim. Crash after: the shard waits in `delayed`.
if is_stale(ARGV[1]) then
  return "stale"
end
local id = ARGV[2]
if redis.call("HGET", tokens, id) ~= ARGV[3] then
  return 0
end
drop_lease(id)
redis.call("HDEL", jobs, id)
redis.call("ZADD", delayed, now_ms() + tonumber(ARGV[4]), id)
redis.call("HSET", waiting, id, ARGV[5])
redis.call("HSET", states, id, "delayed")
redis.call("HSET", meta, "availableTo", ARGV[5])
return 1
