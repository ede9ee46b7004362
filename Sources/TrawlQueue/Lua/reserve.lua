-- Reserves the next free time slot of one credential: the token bucket in GCRA form, so that waiting is one sleep and
-- not a poll. No burst: slots lie one period apart, and a limiter without a past gives its first slot a period from now.
-- KEYS: the limiter (hash)
-- ARGV: window in us, slots per window, horizon in us, the latest slot known from elsewhere (optional)
-- Returns: {1, slot, now, us from now to the slot, generation, tolerance of a set rate in us or ""} or {0, us until it makes sense to ask again}
-- A rate that an operator has set (setWindow, setSlots, setTolerance) takes the place of everybody's own.
-- The period window/slots is exact over time: `rest` carries the fraction of a microsecond, in 1/slots of one.
-- Nothing is reserved further ahead than the horizon, so a lifted gate or a faster rate is noticed soon, and a time
-- that lies further ahead than horizon and period allow can only mean that the clock stepped back: it is pulled in.
-- The slot's name is its time, but always above all earlier names, even then, and above what the caller knows: a
-- limiter that was wiped while the clock stepped back names no page older than one that was fetched before. Integers only, all below 2^53.
-- Crash before: nothing happened. Crash after: one slot stays unused.
local limiter = KEYS[1]
local window, slots, horizon = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call("TIME")
local now = time[1] * 1000000 + time[2]

local held = redis.call("HMGET", limiter, "tat", "rest", "slots", "gate", "gateLength", "last", "generation",
  "setWindow", "setSlots", "setTolerance")
local tolerance = ""
if held[8] and held[9] and held[10] then
  window, slots, tolerance = tonumber(held[8]), tonumber(held[9]), held[10]
end
local whole, part = math.floor(window / slots), window % slots
local tat, rest = tonumber(held[1]), tonumber(held[2] or 0)
local gate, last = tonumber(held[4] or 0), math.max(tonumber(held[6] or 0), tonumber(ARGV[4] or 0))
-- The generation starts at the clock, so that a wiped limiter does not take up an old number again.
local generation = held[7] or string.format("%.0f", now)
if not tat then
  tat = now + whole + (part > 0 and 1 or 0)
end
if tonumber(held[3] or slots) ~= slots then
  rest = 0
end
if gate > now + tonumber(held[5] or 0) then
  gate = now + tonumber(held[5] or 0)
end
local furthest = math.max(now + horizon, gate) + whole + 1
if tat > furthest then
  tat, rest = furthest, 0
end

local base = tat
if now > base or gate > base then
  base, rest = math.max(now, gate), 0
end
if base - now > horizon then
  redis.call("HSET", limiter, "tat", string.format("%.0f", tat), "rest", rest, "slots", slots, "window", window,
    "generation", generation)
  redis.call("PEXPIRE", limiter, 86400000 + math.floor((base - now) / 1000))
  return { 0, math.min(horizon, math.max(base - now - horizon, math.floor(horizon / 4))) }
end
local name = math.max(base, last + 1)
rest = rest + part
tat = base + whole + math.floor(rest / slots)
rest = rest % slots
redis.call("HSET", limiter, "tat", string.format("%.0f", tat), "rest", rest, "slots", slots, "window", window,
  "last", string.format("%.0f", name), "generation", generation)
redis.call("HINCRBY", limiter, "reserved", 1)
redis.call("PEXPIRE", limiter, 86400000)
return { 1, name, now, base - now, generation, tolerance }
