-- Removes a key that still has a value: a lease's record, or a refresh's token.
-- KEYS: the key. ARGV: the value. Returns how many keys that removed.
if get(KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('UNLINK', KEYS[1])
