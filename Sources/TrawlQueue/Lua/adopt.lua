-- After a rebuild a worker takes back the shards it is still fetching, under the tokens it has: those that wait in the new
-- schedule. What someone else has meanwhile, or what is settled, is not given.
-- KEYS: the run's keys
-- ARGV: epoch, worker, lease in ms, then id, token, job or "" of each shard
-- Returns: "stale", or the ids of the shards that are the caller's again
-- Crash before: the shards wait in line. Crash after: the leases run out. A repeat finds its own tokens.
local epoch, worker, lease = ARGV[1], ARGV[2], tonumber(ARGV[3])
if is_stale(epoch) then
  return "stale"
end
local deadline = now_ms() + lease
local taken = {}
for index = 4, #ARGV, 3 do
  local id, token, job = ARGV[index], ARGV[index + 1], ARGV[index + 2]
  if redis.call("HGET", states, id) == "pending" then
    redis.call("LREM", children, 1, id)
    redis.call("LREM", roots, 1, id)
    redis.call("ZADD", leases, deadline, id)
    redis.call("HSET", tokens, id, token)
    redis.call("HSET", owners, id, worker)
    redis.call("HSET", states, id, "leased")
    if job ~= "" then
      redis.call("HSET", jobs, id, job)
    end
    taken[#taken + 1] = id
  elseif redis.call("HGET", tokens, id) == token then
    taken[#taken + 1] = id
  end
end
if #taken > 0 then
  event("adopted", worker, tostring(#taken))
end
return taken
