-- Reads the whole run at one moment, whatever its epoch.
-- KEYS: the run's keys
-- ARGV: none
-- Returns: {} when the run is not known, or {now in ms, pending children, pending roots, leased, delayed, dead,
--   id first in line or "", meta as field, value..., owners as worker..., those of delayed that wait for data,
--   1 when another Redis process installed it}
-- Changes nothing.
local fields = redis.call("HGETALL", meta)
if #fields == 0 then
  return {}
end
local first = redis.call("LINDEX", children, 0) or redis.call("LINDEX", roots, 0) or ""
return {
  now_ms(), redis.call("LLEN", children), redis.call("LLEN", roots), redis.call("ZCARD", leases),
  redis.call("ZCARD", delayed), redis.call("ZCARD", dead), first, fields, redis.call("HVALS", owners), redis.call("HLEN", waiting), is_foreign() and 1 or 0,
}
