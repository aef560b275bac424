-- Grants the lease of an entry, or reports why not.
-- KEYS: record, value, grace copy, tags... On a Cluster without the tags, which are in other slots;
--   the record alone while the slot is being moved.
-- ARGV: token, life in ms, '1' if the grace copy is asked for, a stamp that the caller found invalid
--   (or ''), random text for new epochs, life of an epoch in ms, '1' if the caller compares epochs.
-- Returns one of
--   {'entry', stamp, bytes}            bytes are nil if only the record was given
--   {'granted', record, generation, grace copy or nil, epoch...}
--   {'held', token, grace copy or nil}
--   {'fenced'}
local record = get(KEYS[1])
local current = generation()
local compares_elsewhere = ARGV[7] == '1'

local epochs = read_epochs(4)
if not epochs then return { 'fenced' } end
local joined = join_epochs(epochs)

local function is_valid(stamp)
  if compares_elsewhere then return starts(stamp, 'E:' .. current .. ':') end
  return is_current(stamp, current, joined)
end

if record and record ~= ARGV[4] and is_valid(record) then
  if #KEYS == 1 then return { 'entry', record } end
  local bytes = get(KEYS[2])
  if bytes then return { 'entry', record, bytes } end
end

if record and #standing_fences(record, now_ms()) > 0 then return { 'fenced' } end

local grace = false
if ARGV[3] == '1' and KEYS[3] then
  local copy = get(KEYS[3])
  local line_end = copy and string.find(copy, '\n', 1, true)
  if line_end and is_valid(string.sub(copy, 1, line_end - 1)) then grace = copy end
end

if record then
  local kind = string.sub(record, 1, 2)
  local token, held_epochs = string.match(record, '^L:' .. escaped(current) .. ':([^:]*):?(.*)$')
  -- A lease from before a tag was invalidated is void: its load may have begun before the write.
  if token and (compares_elsewhere or held_epochs == joined) then
    return { 'held', token, grace }
  end
  -- Of another version of this package. One that never expires is no lease of anybody's.
  if kind ~= 'L:' and kind ~= 'E:' and kind ~= 'F:' and redis.call('PTTL', KEYS[1]) > 0 then
    return { 'held', record, grace }
  end
end

ensure_epochs(4, epochs, ARGV[5], ARGV[6])
local lease = 'L:' .. current .. ':' .. ARGV[1]
if #epochs > 0 then lease = lease .. ':' .. join_epochs(epochs) end
redis.call('SET', KEYS[1], lease, 'PX', ARGV[2])
return { 'granted', lease, current, grace, unpack(epochs) }
