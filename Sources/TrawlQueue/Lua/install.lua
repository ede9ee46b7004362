-- Replaces the run's schedule by one built beside it under a newer epoch: the staged keys take the place of the live
-- ones in one step, however many shards there are.
-- KEYS: the run's keys; staged children, roots, payloads, states
-- ARGV: epoch, incarnation (random, one per installation), number of staged shards, then field, value of meta
-- Returns: "installed" (a repeat of the same incarnation too), "stale" when a schedule of this or a newer epoch stands,
--   "incomplete" when staged keys are missing
-- Crash before: the old schedule stands, and the staged keys expire. Crash after: the new one stands.
local epoch, incarnation = ARGV[1], ARGV[2]
local standing = redis.call("HGET", meta, "epoch")
-- The same epoch is never installed twice: whoever rebuilds takes a new one from the store.
if standing and tonumber(standing) >= tonumber(epoch) then
  return redis.call("HGET", meta, "incarnation") == incarnation and "installed" or "stale"
end
local staged_children, staged_roots, staged_payloads, staged_states = unpack(KEYS, run_keys + 1)
local staged = {
  [children] = staged_children, [roots] = staged_roots, [payloads] = staged_payloads, [states] = staged_states,
}
local expected = tonumber(ARGV[3])
if redis.call("HLEN", staged_states) ~= expected or redis.call("HLEN", staged_payloads) ~= expected
  or redis.call("LLEN", staged_children) + redis.call("LLEN", staged_roots) ~= expected then
  return "incomplete"
end
-- What was counted against a shard and the job submitted for it outlive the schedule. A shard that was dead, and is owed
-- again, begins anew.
for _, id in ipairs(redis.call("ZRANGE", dead, 0, -1)) do
  redis.call("HDEL", attempts, id)
  redis.call("HDEL", reclaims, id)
end
redis.call("UNLINK", meta, children, roots, leases, tokens, owners, payloads, delayed, dead, states, waiting)
for live, source in pairs(staged) do
  if redis.call("EXISTS", source) == 1 then
    redis.call("RENAME", source, live)
    redis.call("PERSIST", live)
  end
end
for _, kept in ipairs({ attempts, reclaims, jobs }) do
  for _, id in ipairs(redis.call("HKEYS", kept)) do
    if redis.call("HEXISTS", states, id) == 0 then
      redis.call("HDEL", kept, id)
    end
  end
  redis.call("PERSIST", kept)
end
redis.call(
  "HSET", meta, "epoch", epoch, "incarnation", incarnation, "server", server() or "", "installedAt", now_ms(), unpack(ARGV, 4)
)
redis.call("PERSIST", events)
event("installed", epoch, ARGV[3])
return "installed"
