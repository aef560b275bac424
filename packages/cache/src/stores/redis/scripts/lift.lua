-- Removes an entry, or a tag's epoch, and lifts one fence. With a value, stores it if the fence was
-- the only one all the time.
-- KEYS: record or tag, and of an entry: value, grace copy, refresh. On a Cluster the record alone,
--   unless there is a value.
-- ARGV: id; and with a value: bytes, ttl in ms, grace in ms, 'id:checksum', 'loadMs:codec:epochs'.
-- Returns {entries removed, 1 if the value was stored}.
local fences = standing_fences(get(KEYS[1]))
local others, own = {}, nil
for _, fence in ipairs(fences) do
  if fence.id == ARGV[1] then own = fence else others[#others + 1] = fence end
end
-- A fence that was lost may have stood beside the others.
if not own then mark_overlapped(others) end
local removed = KEYS[2] and redis.call('UNLINK', KEYS[2]) or 0
unlink_from(3)
if ARGV[2] and own and not own.overlapped and #others == 0 then
  local value =
    { bytes = ARGV[2], ttl_ms = ARGV[3], grace_ms = ARGV[4], head = ARGV[5], tail = ARGV[6] }
  store(KEYS[2], KEYS[1], KEYS[3], KEYS[4], value, generation())
  return { removed, 1 }
end
local reply = put_fences(KEYS[1], others)
if type(reply) == 'table' and reply.err then return reply end
return { removed, 0 }
