-- Keeps the job of a shard, for whoever owns the shard next, or forgets it.
-- KEYS: the run's keys
-- ARGV: epoch, id, token, job or "" to forget it
-- Returns: "stale", 1 when it is kept or forgotten, 0 when the shard is not the caller's any more
-- Crash before: the job is nobody's and ends by itself; the next owner submits another. Crash after: it is known.
if is_stale(ARGV[1]) then
  return "stale"
end
local id = ARGV[2]
if redis.call("HGET", tokens, id) ~= ARGV[3] then
  return 0
end
if ARGV[4] == "" then
  redis.call("HDEL", jobs, id)
else
  redis.call("HSET", jobs, id, ARGV[4])
end
return 1
