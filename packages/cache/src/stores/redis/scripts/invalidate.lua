-- Removes an entry, or a tag's epoch. Fences stay, and count as overlapped from now on: a value that
-- comes with a lift may be older than this invalidation's write. KEYS: record or tag, and of an entry:
-- value, grace copy, refresh. On a Cluster the record alone. Returns how many entries that removed.
local fences = standing_fences(get(KEYS[1]))
local removed = KEYS[2] and redis.call('UNLINK', KEYS[2]) or 0
unlink_from(3)
mark_overlapped(fences)
local reply = put_fences(KEYS[1], fences)
if type(reply) == 'table' and reply.err then return reply end
return removed
