-- Lets a tag's epoch live for at least so long, for a Cluster, where tags are in slots of their own.
-- KEYS: tag. ARGV: the epoch, life in ms. Returns 0 if the epoch is another one by now, else 1.
if get(KEYS[1]) ~= ARGV[1] then return 0 end
prolong(KEYS[1], tonumber(ARGV[2]))
return 1
