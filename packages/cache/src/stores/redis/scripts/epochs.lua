-- An epoch names the time between two invalidations of a tag: the generation of the server that holds
-- the tag, a dash, and text that never comes back.

-- How long an epoch outlives the last entry that needed it, in ms. An expired epoch costs a miss.
local EPOCH_MARGIN_MS = 600000

-- Reads KEYS[1] and the epochs of the tags KEYS[first] and after. Returns the record, and the epochs
-- with false for a missing one; nil in their place if a tag is fenced. An epoch of another generation
-- is missing: it may have come out of a backup, from before an invalidation.
local function read_epochs(first, current)
  local texts = redis.call('MGET', KEYS[1], unpack(KEYS, first))
  local epochs = {}
  for i = 2, #texts do
    local epoch = texts[i]
    if epoch and not starts(epoch, current .. '-') then
      if #standing_fences(epoch) > 0 then return texts[1], nil end
      epoch = false
    end
    epochs[i - 1] = epoch
  end
  return texts[1], epochs
end

-- Lets a tag's epoch live for at least so long. Most calls find that it does, and write nothing.
local function prolong(key, least_ms)
  if redis.call('PTTL', key) >= least_ms then return end
  redis.call('PEXPIRE', key, string.format('%.0f', least_ms + EPOCH_MARGIN_MS))
end

-- Gives each tag its epoch, a new one where it is missing, that outlives a lease. `fresh` is random
-- text, unique to this call: no epoch comes back.
local function ensure_epochs(first, epochs, current, fresh, lease_ms)
  for i = 1, #epochs do
    local key = KEYS[first + i - 1]
    if epochs[i] then
      prolong(key, tonumber(lease_ms))
    else
      epochs[i] = current .. '-' .. fresh .. i
      local life = string.format('%.0f', lease_ms + EPOCH_MARGIN_MS)
      redis.call('SET', key, epochs[i], 'PX', life)
    end
  end
end

-- The epochs as they end a stamp. A missing one is no epoch of any stamp.
local function join_epochs(epochs)
  local texts = {}
  for i, epoch in ipairs(epochs) do texts[i] = epoch or '?' end
  return table.concat(texts, ',')
end

-- Whether a stamp is of this generation and ends with these epochs.
local function is_current(stamp, current, joined)
  local ending = ':' .. joined
  return starts(stamp, 'E:' .. current .. ':') and string.sub(stamp, -#ending) == ending
end
