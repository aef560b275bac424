-- Stores a value under its lease.
-- KEYS: record, value, grace copy, refresh, tags... On a Cluster without the tags.
-- ARGV: the lease's record, its generation, its token, bytes, ttl in ms, grace in ms,
--   'id:checksum', 'loadMs:codec:epochs'.
-- Returns 1; 0 if the lease is gone, or is of another incarnation of the store.
if get(KEYS[1]) ~= ARGV[1] or generation() ~= ARGV[2] then return 0 end
if starts(ARGV[1], 'E:') and get(KEYS[4]) ~= ARGV[3] then return 0 end
local value =
  { bytes = ARGV[4], ttl_ms = ARGV[5], grace_ms = ARGV[6], head = ARGV[7], tail = ARGV[8] }
store(KEYS[2], KEYS[1], KEYS[3], KEYS[4], value, ARGV[2])
-- Also the record of fences in an epoch's place, which are read by times of their own.
for i = 5, #KEYS do prolong(KEYS[i], ARGV[5] + ARGV[6]) end
return 1
