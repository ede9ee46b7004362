-- Gives back at once everything a worker holds that is known to be dead, without waiting for its leases.
-- KEYS: the run's keys
-- ARGV: epoch, worker, random (for the tokens of poisoned shards), reclaims at which a shard is dead
-- Returns: "stale", or {number given back or buried, poisoned shards as in claim}
-- Crash before: the leases run out. Crash after: the shards are pending or dead; a repeat finds nothing to do.
if is_stale(ARGV[1]) then
  return "stale"
end
local now = now_ms()
local count, poisoned = 0, {}
local held = redis.call("HGETALL", owners)
for index = 1, #held, 2 do
  if held[index + 1] == ARGV[2] then
    count = count + 1
    if take_back(held[index], now, tonumber(ARGV[4])) then
      describe(poisoned, held[index], mint(ARGV[1], ARGV[3]))
    end
  end
end
return { count, poisoned }
