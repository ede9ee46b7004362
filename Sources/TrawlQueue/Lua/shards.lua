-- Reads the shards that are in hand or put off, whatever the epoch: what `snapshot` only counts.
-- KEYS: the run's keys
-- ARGV: none
-- Returns: {leased: id, deadline in ms..., tokens: id, token..., owners: id, worker..., attempts: id, count...,
--   reclaims: id, count..., delayed: id, due in ms..., those of delayed that wait for data: id, up to when it is...}
-- Changes nothing.
return {
  redis.call("ZRANGE", leases, 0, -1, "WITHSCORES"), redis.call("HGETALL", tokens), redis.call("HGETALL", owners),
  redis.call("HGETALL", attempts), redis.call("HGETALL", reclaims), redis.call("ZRANGE", delayed, 0, -1, "WITHSCORES"),
  redis.call("HGETALL", waiting),
}
