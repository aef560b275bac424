-- Grants the lease of an entry, or reports why not.
-- KEYS: record, value, grace copy, refresh, tags... On a Cluster without the tags, which are in other
--   slots; the record alone while the slot is being moved.
-- ARGV: token, life in ms, '1' if the grace copy is requested, a stamp that the caller found invalid
--   (or ''), random text for new epochs, '1' if the caller compares epochs.
-- Returns one of
--   {'entry', stamp, bytes}            bytes are nil if only the record was given
--   {'granted', record, generation, grace copy or nil, epoch...}
--   {'held', token, grace copy or nil, stamp or nil}
--   {'fenced'}
local current = generation()
local record, epochs = read_epochs(5, current)
if not epochs then return { 'fenced' } end
local joined = join_epochs(epochs)
local compares_elsewhere = ARGV[6] == '1'

local function is_valid(stamp)
  if compares_elsewhere then return starts(stamp, 'E:' .. current .. ':') end
  return is_current(stamp, current, joined)
end

-- The copy of the entry with this stamp. One without its stamp beside it may have been invalidated by
-- version 0.1 of this package, which removes the record, and no copy.
local function copy_of(stamp)
  local copy = ARGV[3] == '1' and get(KEYS[3])
  return copy and starts(copy, stamp .. '\n') and copy
end

if record and record ~= ARGV[4] and is_valid(record) then
  if #KEYS == 1 then return { 'entry', record } end
  local bytes, refreshing = unpack(redis.call('MGET', KEYS[2], KEYS[4]))
  if bytes then return { 'entry', record, bytes } end
  local grace = copy_of(record)
  if refreshing then return { 'held', refreshing, grace, record } end
  -- The value has expired, or was evicted. Its stamp stays, so that the copy is still valid after a
  -- load that fails or is given up: the lease is that of a refresh, which the stamp has to outlive.
  redis.call('SET', KEYS[4], ARGV[1], 'PX', ARGV[2])
  if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
  ensure_epochs(5, epochs, current, ARGV[5], ARGV[2])
  return { 'granted', record, current, grace, unpack(epochs) }
end

if record then
  local kind = string.sub(record, 1, 2)
  local lease = 'L:' .. current .. ':'
  if starts(record, lease) then
    local token, held_epochs = string.match(record, '^([^:]*):?(.*)$', #lease + 1)
    -- A lease from before a tag was invalidated is void: its load may have begun before the write.
    if compares_elsewhere or held_epochs == joined then return { 'held', token, false } end
  elseif kind == 'F:' then
    if #standing_fences(record) > 0 then return { 'fenced' } end
  elseif kind ~= 'L:' and kind ~= 'E:' and redis.call('PTTL', KEYS[1]) > 0 then
    -- A lease of version 0.1 of this package. Without an expiry it is no lease.
    return { 'held', record, false }
  end
end

ensure_epochs(5, epochs, current, ARGV[5], ARGV[2])
local lease = 'L:' .. current .. ':' .. ARGV[1]
if #epochs > 0 then lease = lease .. ':' .. join_epochs(epochs) end
redis.call('SET', KEYS[1], lease, 'PX', ARGV[2])
return { 'granted', lease, current, false, unpack(epochs) }
