-- Prolongs a lease, also that of a refresh, and the stamp that a refresh replaces.
-- KEYS: record, refresh. ARGV: the lease's record, its generation, its token, life in ms.
-- Returns 1; 0 if the lease is gone.
if get(KEYS[1]) ~= ARGV[1] or generation() ~= ARGV[2] then return 0 end
if not starts(ARGV[1], 'E:') then return redis.call('PEXPIRE', KEYS[1], ARGV[4]) end
if get(KEYS[2]) ~= ARGV[3] then return 0 end
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[4]) then redis.call('PEXPIRE', KEYS[1], ARGV[4]) end
return redis.call('PEXPIRE', KEYS[2], ARGV[4])
