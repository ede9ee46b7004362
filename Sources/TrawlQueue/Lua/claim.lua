-- Gives back expired leases, puts due retries in line, and leases up to `count` shards to the caller: ownership and
-- removal from the list are one step, so no crash can lose a shard between them.
-- KEYS: the run's keys; memo of this request (string, lives one lease)
-- ARGV: epoch, worker, request (random, unique), count, lease in ms, reclaims at which a shard is dead
-- Returns: "stale", or {state, ms until more work may appear or -1, leased shards, poisoned shards}, each shard as
--   six elements: id, payload, token, attempts, reclaims, job or "". A repeated request gets the first answer's shards that are
--   still the caller's, and leases nothing more.
-- Crash before: nothing happened. Crash after: the leases run out and the next claim gives the shards back; poisoned
--   shards are in `dead`, whose list shows them to whoever writes the markers.
local epoch, worker, request = ARGV[1], ARGV[2], ARGV[3]
local count, lease, cap = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local memo = KEYS[run_keys + 1]
-- Bounds one script's time after a mass death; the next claims do the rest.
local most_reaped, most_promoted = 20, 200

if is_stale(epoch) then
  return "stale"
end
local now = now_ms()
local state = redis.call("HGET", meta, "state")
local leased, poisoned = {}, {}
-- After a rebuild in mid-run the shards wait for the workers that are fetching them.
local adoption = redis.call("HMGET", meta, "installedAt", "adoptionTime")
local claimable_at = (tonumber(adoption[1]) or 0) + (tonumber(adoption[2]) or 0)

local function until_next()
  local nearest = now < claimable_at and claimable_at - now or -1
  for _, set in ipairs({ leases, delayed }) do
    local first = redis.call("ZRANGE", set, 0, 0, "WITHSCORES")
    if first[2] then
      local wait = math.max(0, tonumber(first[2]) - now)
      if nearest < 0 or wait < nearest then
        nearest = wait
      end
    end
  end
  return nearest
end

local remembered = redis.call("GET", memo)
if remembered then
  local answer = cjson.decode(remembered)
  for index = 1, #answer.leased, 2 do
    local id, token = answer.leased[index], answer.leased[index + 1]
    if redis.call("HGET", tokens, id) == token then
      describe(leased, id, token)
    end
  end
  for index = 1, #answer.poisoned, 2 do
    describe(poisoned, answer.poisoned[index], answer.poisoned[index + 1])
  end
  return { state, until_next(), leased, poisoned }
end

-- When nobody was heard of for a whole lease, it was Redis that could not be reached, or everybody is dead. Whoever lives
-- gets time to say so before deaths are charged.
local seen = tonumber(redis.call("HGET", meta, "seenAt") or now)
redis.call("HSET", meta, "seenAt", now)
if now - seen > lease then
  for _, id in ipairs(redis.call("ZRANGEBYSCORE", leases, "-inf", now)) do
    redis.call("ZADD", leases, now + math.floor(lease / 2), id)
  end
end

local granted, buried = {}, {}
for _, id in ipairs(redis.call("ZRANGEBYSCORE", leases, "-inf", now, "LIMIT", 0, most_reaped)) do
  if take_back(id, now, cap) then
    local token = mint(epoch, request)
    describe(poisoned, id, token)
    buried[#buried + 1] = id
    buried[#buried + 1] = token
  end
end
for _, id in ipairs(redis.call("ZRANGEBYSCORE", delayed, "-inf", now, "LIMIT", 0, most_promoted)) do
  redis.call("ZREM", delayed, id)
  redis.call("HDEL", waiting, id)
  wait_in_line(id, false)
end

if state == "running" and now >= claimable_at then
  for _, list in ipairs({ children, roots }) do
    local missing = count - #granted / 2
    if missing > 0 then
      for _, id in ipairs(redis.call("LPOP", list, missing) or {}) do
        local token = mint(epoch, request)
        redis.call("ZADD", leases, now + lease, id)
        redis.call("HSET", tokens, id, token)
        redis.call("HSET", owners, id, worker)
        redis.call("HSET", states, id, "leased")
        describe(leased, id, token)
        granted[#granted + 1] = id
        granted[#granted + 1] = token
      end
    end
  end
end

if #granted > 0 or #buried > 0 then
  redis.call("SET", memo, cjson.encode({ leased = granted, poisoned = buried }), "PX", lease)
end
return { state, until_next(), leased, poisoned }
