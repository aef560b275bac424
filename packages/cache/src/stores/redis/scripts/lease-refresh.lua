-- Grants one reader the right to replace a present entry.
-- KEYS: record, value, refresh, tags... On a Cluster without the tags.
-- ARGV: the entry's stamp, token, life in ms, '1' if the caller compares epochs.
-- Returns the generation; nil if another reader has it, or the entry is another one or invalid.
if get(KEYS[1]) ~= ARGV[1] or not get(KEYS[2]) then return false end
local current = generation()
if not starts(ARGV[1], 'E:' .. current .. ':') then return false end
local epochs = read_epochs(4)
if not epochs then return false end
if ARGV[4] ~= '1' and not is_current(ARGV[1], current, join_epochs(epochs)) then return false end
if get(KEYS[3]) then return false end
redis.call('SET', KEYS[3], ARGV[2], 'PX', ARGV[3])
return current
