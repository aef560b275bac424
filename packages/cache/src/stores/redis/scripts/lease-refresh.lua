-- Grants one reader the right to replace a present entry.
-- KEYS: record, value, refresh, tags... On a Cluster without the tags.
-- ARGV: the entry's stamp, token, life in ms, '1' if the caller compares epochs.
-- Returns the generation; nil if another reader has it, or the entry is another one or invalid.
local current = generation()
if not starts(ARGV[1], 'E:' .. current .. ':') then return false end
local record, epochs = read_epochs(4, current)
if record ~= ARGV[1] or not epochs then return false end
if ARGV[4] ~= '1' and not is_current(ARGV[1], current, join_epochs(epochs)) then return false end
if redis.call('EXISTS', KEYS[2]) == 0 or get(KEYS[3]) then return false end
redis.call('SET', KEYS[3], ARGV[2], 'PX', ARGV[3])
return current
