-- Takes a shard whose outcome exists off the schedule, wherever it is, and puts its children on.
-- KEYS: the run's keys
-- ARGV: epoch, id, then id, payload of each child
-- Returns: "stale", 1 when this call finished the shard, 0 when there was nothing left to do
-- No token is asked for: the outcome in the store is the truth, so anyone may say so, a zombie too. A repeat finds the
-- shard done; a child is pushed only by the call that enters it in `states`, so never twice and never after its end.
-- A shard that is not in `states` had its outcome when the schedule was built: its children were dealt with then.
-- Crash before: the shard is leased or pending still; whoever claims it finds the outcome and finishes it.
-- Crash after: nothing is owed.
if is_stale(ARGV[1]) then
  return "stale"
end
local id = ARGV[2]
local state = redis.call("HGET", states, id)
if not state or state == "done" then
  return 0
end
if state == "pending" then
  redis.call("LREM", children, 1, id)
  redis.call("LREM", roots, 1, id)
end
drop_lease(id)
redis.call("ZREM", delayed, id)
redis.call("ZREM", dead, id)
redis.call("HDEL", attempts, id)
redis.call("HDEL", reclaims, id)
redis.call("HDEL", payloads, id)
redis.call("HDEL", jobs, id)
redis.call("HDEL", waiting, id)
redis.call("HSET", states, id, "done")
redis.call("HINCRBY", meta, "done", 1)
local pushed = 0
for index = 3, #ARGV, 2 do
  local child = ARGV[index]
  if redis.call("HSETNX", states, child, "pending") == 1 then
    redis.call("HSET", payloads, child, ARGV[index + 1])
    wait_in_line(child, false)
    pushed = pushed + 1
  end
end
if #ARGV > 2 then
  redis.call("HINCRBY", meta, "splits", 1)
  event("split", id, tostring(pushed))
end
return 1
