-- Head of every script that works on one run: the names of its keys and the moves more than one script makes.
-- Put before each of them, so a script is still one atomic step.
-- The first KEYS, always in this order, are the run's keys as listed in Keys.swift; a script's own keys follow them.
-- A shard's place is in `states` (pending, leased, delayed, dead, done), and it is in exactly the one list, set or
-- hash that belongs to that state. Whatever is not in `states` was not owed when the schedule was built.
local meta, children, roots, leases, tokens, owners, attempts, reclaims, payloads, delayed, dead, states,
  jobs, waiting, events = unpack(KEYS)
local run_keys = 15

local function now_ms()
  local time = redis.call("TIME")
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- What this Redis process calls itself; nil where it may not be asked.
local function server()
  local info = redis.pcall("INFO", "server")
  return type(info) == "string" and string.match(info, "run_id:(%x+)") or nil
end

-- True when what stands here was installed in another Redis process. It may be an older snapshot, with leases that were
-- given since missing.
local function is_foreign()
  local own, installed = server(), redis.call("HGET", meta, "server")
  return own and installed and installed ~= "" and own ~= installed or false
end

-- True when the caller's schedule is not the one that stands here: wiped, rebuilt, or brought back by another process.
local function is_stale(epoch)
  return redis.call("HGET", meta, "epoch") ~= epoch or is_foreign()
end

local function event(kind, subject, detail)
  redis.call("XADD", events, "MAXLEN", "~", 1000, "*", "kind", kind, "subject", subject, "detail", detail)
end

-- Children of a split carry their parent's hits as payload and go before the roots, whose payload is empty.
local function wait_in_line(id, at_head)
  local list = (redis.call("HGET", payloads, id) or "") == "" and roots or children
  redis.call(at_head and "LPUSH" or "RPUSH", list, id)
  redis.call("HSET", states, id, "pending")
end

local function drop_lease(id)
  redis.call("ZREM", leases, id)
  redis.call("HDEL", tokens, id)
  redis.call("HDEL", owners, id)
end

local function bury(id, now, cause)
  redis.call("ZADD", dead, now, id)
  redis.call("HSET", states, id, "dead")
  event("dead", id, cause)
end

-- Every token is new: the sequence is unique in an epoch, the caller's random part across rollbacks of Redis.
local function mint(epoch, random)
  return epoch .. ":" .. redis.call("HINCRBY", meta, "seq", 1) .. ":" .. random
end

-- id, payload, token, attempts, reclaims, job: one shard as the callers read it.
local function describe(into, id, token)
  into[#into + 1] = id
  into[#into + 1] = redis.call("HGET", payloads, id) or ""
  into[#into + 1] = token
  into[#into + 1] = redis.call("HGET", attempts, id) or "0"
  into[#into + 1] = redis.call("HGET", reclaims, id) or "0"
  into[#into + 1] = redis.call("HGET", jobs, id) or ""
end

-- Gives back what a dead worker held, ahead of the line. Returns true when it has killed too many: it is dead now.
local function take_back(id, now, cap)
  drop_lease(id)
  local count = redis.call("HINCRBY", reclaims, id, 1)
  if count >= cap then
    bury(id, now, "reclaims")
    return true
  end
  wait_in_line(id, true)
  event("reclaimed", id, tostring(count))
  return false
end
