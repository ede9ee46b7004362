-- Gives a shard back untouched, to the head of its line: neither an attempt nor a reclaim is charged.
-- KEYS: the run's keys
-- ARGV: epoch, id, token
-- Returns: "stale", 1 when it was given back, 0 when it is not the caller's any more
-- Crash before: the lease runs out, which counts as a reclaim. Crash after: the shard is pending.
if is_stale(ARGV[1]) then
  return "stale"
end
local id = ARGV[2]
if redis.call("HGET", tokens, id) ~= ARGV[3] then
  return 0
end
drop_lease(id)
wait_in_line(id, true)
return 1
