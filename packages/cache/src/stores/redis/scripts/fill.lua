-- Stores a value under its lease.
-- KEYS: record, value, grace copy, refresh.
-- ARGV: the lease's record, its generation, its token, bytes, ttl in ms, grace in ms,
--   'id:checksum', 'loadMs:codec:epochs'.
-- Returns 1; 0 if the lease is gone, or is of another incarnation of the store.
if get(KEYS[1]) ~= ARGV[1] or generation() ~= ARGV[2] then return 0 end
if starts(ARGV[1], 'E:') and get(KEYS[4]) ~= ARGV[3] then return 0 end
local value =
  { bytes = ARGV[4], ttl_ms = ARGV[5], grace_ms = ARGV[6], head = ARGV[7], tail = ARGV[8] }
store(KEYS[2], KEYS[1], KEYS[3], KEYS[4], value, ARGV[2])
return 1
