-- After a rebuild a worker takes back the shards it is still fetching: those that wait in the new schedule. What someone
-- else has meanwhile, or what is settled, is not given.
-- KEYS: the run's keys
-- ARGV: epoch, worker, random (for the tokens), lease in ms, then id, job or "" of each shard
-- Returns: "stale", or {id, token of each shard that is the caller's again}
-- Crash before: the shards wait in line. Crash after: the leases run out. A repeat finds the shards leased, to this very
--   worker, and gives them new tokens.
local epoch, worker, random, lease = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
if is_stale(epoch) then
  return "stale"
end
local deadline = now_ms() + lease
local taken = {}
for index = 5, #ARGV, 2 do
  local id, job = ARGV[index], ARGV[index + 1]
  local state = redis.call("HGET", states, id)
  if state == "pending" or state == "leased" and redis.call("HGET", owners, id) == worker then
    redis.call("LREM", children, 1, id)
    redis.call("LREM", roots, 1, id)
    local token = mint(epoch, random)
    redis.call("ZADD", leases, deadline, id)
    redis.call("HSET", tokens, id, token)
    redis.call("HSET", owners, id, worker)
    redis.call("HSET", states, id, "leased")
    if job ~= "" then
      redis.call("HSET", jobs, id, job)
    end
    taken[#taken + 1] = id
    taken[#taken + 1] = token
  end
end
if #taken > 0 then
  event("adopted", worker, tostring(#taken / 2))
end
return taken
