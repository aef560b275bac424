-- The epoch of one tag, for a Cluster, where tags are in slots of their own.
-- KEYS: tag. ARGV: random text for a new epoch, life of an epoch in ms.
-- Returns the epoch; nil while the tag is fenced.
local epochs = read_epochs(1)
if not epochs then return false end
ensure_epochs(1, epochs, ARGV[1], ARGV[2])
return epochs[1]
