-- Reads the epochs of the tags KEYS[first] and after. Returns nil if a tag is fenced; else the
-- epochs, with false for one that is missing.
local function read_epochs(first)
  local epochs = {}
  for i = first, #KEYS do
    local epoch = get(KEYS[i])
    if epoch and starts(epoch, 'F:') then
      if #standing_fences(epoch, now_ms()) > 0 then return nil end
      epoch = false
    end
    epochs[#epochs + 1] = epoch
  end
  return epochs
end

-- Gives each tag its epoch, a new one where it is missing, and prolongs its life. `fresh` is random
-- text, unique to this call: no epoch comes back.
local function ensure_epochs(first, epochs, fresh, life_ms)
  for i = 1, #epochs do
    if epochs[i] then
      redis.call('PEXPIRE', KEYS[first + i - 1], life_ms)
    else
      epochs[i] = fresh .. i
      redis.call('SET', KEYS[first + i - 1], epochs[i], 'PX', life_ms)
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
local function is_current(stamp, generation, joined)
  return starts(stamp, 'E:' .. generation .. ':') and string.match(stamp, ':([^:]*)$') == joined
end
