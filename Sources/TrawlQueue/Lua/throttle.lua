-- Shuts the gate for everybody until the server's wait is over. The pace starts again from the gate: the first slot
-- after it is alone for a whole period, and reservations made before it are void.
-- KEYS: the limiter (hash)
-- ARGV: wait in us
-- Returns: us until the gate opens
-- A gate only ever moves away; several answers 429 to requests of one moment move it little. Its length is kept so that
-- a clock that steps back does not make it longer than the server asked for.
-- Crash before: the next 429 shuts the gate. Crash after: the gate opens by itself.
local limiter, wait = KEYS[1], tonumber(ARGV[1])
local time = redis.call("TIME")
local now = time[1] * 1000000 + time[2]
redis.call("HINCRBY", limiter, "throttled", 1)
local held = redis.call("HMGET", limiter, "gate", "gateLength", "generation")
local gate = math.min(tonumber(held[1] or 0), now + tonumber(held[2] or 0))
if now + wait > gate then
  gate = now + wait
  local generation = math.max(now, tonumber(held[3] or 0) + 1)
  redis.call("HSET", limiter, "gate", string.format("%.0f", gate), "gateLength", wait, "rest", 0,
    "tat", string.format("%.0f", gate), "generation", string.format("%.0f", generation))
end
redis.call("PEXPIRE", limiter, 86400000 + math.floor((gate - now) / 1000))
return gate - now
