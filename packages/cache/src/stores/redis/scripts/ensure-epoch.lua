-- The epoch of one tag, for a Cluster, where tags are in slots of their own.
-- KEYS: tag. ARGV: random text for a new epoch, life of the lease in ms.
-- Returns the epoch; nil while the tag is fenced.
local current = generation()
local _, epochs = read_epochs(1, current)
if not epochs then return false end
ensure_epochs(1, epochs, current, ARGV[1], ARGV[2])
return epochs[1]
