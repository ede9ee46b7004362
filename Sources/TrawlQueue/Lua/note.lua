-- Notes in a run's events what a person did.
-- KEYS: the run's keys
-- ARGV: kind, subject, detail
-- Returns: 1, or 0 when Redis does not know the run: then there is nothing to add it to
-- Crash before: nothing happened. Crash after: it is noted; a repeat notes it twice.
if redis.call("EXISTS", meta) == 0 then
  return 0
end
event(ARGV[1], ARGV[2], ARGV[3])
return 1
