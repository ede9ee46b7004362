-- Says that a worker lives, and what it is doing; forgets workers that have long been silent.
-- KEYS: workers (zset by time last seen), the worker's hash
-- ARGV: worker, life without a sign in ms, then field, value...
-- Returns: now in ms
-- Crash before or after: the entry grows old and goes.
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call("ZADD", KEYS[1], now, ARGV[1])
redis.call("ZREMRANGEBYSCORE", KEYS[1], "-inf", now - tonumber(ARGV[2]))
redis.call("HSET", KEYS[2], "seenAt", now, unpack(ARGV, 3))
redis.call("PEXPIRE", KEYS[2], ARGV[2])
return now
