-- Asks, after a long wait, whether a reservation still holds: a gate set meanwhile voids all that were made before it.
-- KEYS: the limiter (hash)
-- ARGV: generation of the reservation
-- Returns: 1 when it holds, 0 when the caller must reserve anew (also after a wipe)
-- Changes nothing.
return redis.call("HGET", KEYS[1], "generation") == ARGV[1] and 1 or 0
