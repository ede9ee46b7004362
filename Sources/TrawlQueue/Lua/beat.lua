-- Extends the leases that are still the caller's and adds its progress to the run's counters.
-- KEYS: the run's keys
-- ARGV: epoch, lease in ms, requests, records, bytes, throttled, failures, unreachable, pages, answers, then
--   id, token of each lease
-- Returns: "stale", or {state, id of each lease that is not the caller's any more}
-- A lease past its deadline that nobody took back yet is extended: only a claim takes a shard away.
-- Crash before: the progress is not counted. Crash after: the leases run one lease longer than their worker.
if is_stale(ARGV[1]) then
  return "stale"
end
local now = now_ms()
redis.call("HSET", meta, "seenAt", now)
for index, counter in ipairs({ "requests", "records", "bytes", "throttled", "failures", "unreachable", "pages", "answers" }) do
  if ARGV[index + 2] ~= "0" then
    redis.call("HINCRBY", meta, counter, ARGV[index + 2])
  end
end
if ARGV[9] ~= "0" then
  redis.call("HSET", meta, "lastPageAt", now)
end
local reply = { redis.call("HGET", meta, "state") }
for index = 11, #ARGV, 2 do
  local id, token = ARGV[index], ARGV[index + 1]
  if redis.call("HGET", tokens, id) == token then
    redis.call("ZADD", leases, now + tonumber(ARGV[2]), id)
  else
    reply[#reply + 1] = id
  end
end
return reply
