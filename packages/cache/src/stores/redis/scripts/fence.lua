-- Removes an entry, or a tag's epoch, and refuses leases until the fence is lifted or expires.
-- KEYS: record or tag, and the others of an entry. On a Cluster the record alone.
-- ARGV: id, life in ms. Returns 'OK'.
local fences = standing_fences(get(KEYS[1]))
local was_fenced = #fences > 0
unlink_from(2)
local own
for _, fence in ipairs(fences) do
  if fence.id == ARGV[1] then own = fence end
end
if not own then
  own = { id = ARGV[1], overlapped = false }
  fences[#fences + 1] = own
end
own.till = now_ms() + tonumber(ARGV[2])
if #fences > 1 then mark_overlapped(fences) end
local reply = put_fences(KEYS[1], fences)
-- A full server refuses the fence. Entry and lease are removed nevertheless.
if reply.err and not was_fenced then redis.call('UNLINK', KEYS[1]) end
return reply
