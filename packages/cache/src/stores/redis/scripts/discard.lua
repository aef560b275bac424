-- Removes an entry that still has a stamp.
-- KEYS: record, and the others of the entry. On a Cluster the record alone.
-- ARGV: the stamp. Returns 1 if the record was that stamp.
if get(KEYS[1]) ~= ARGV[1] then return 0 end
unlink_from(1)
return 1
