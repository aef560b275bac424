-- Put before every script. Records are read with MGET: for a key of another type it returns nil, and
-- the next SET replaces it.

local function get(key)
  return redis.call('MGET', key)[1]
end

-- Which incarnation of the server answers. Asked of the server itself: the caller may be wrong.
local function generation()
  local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
  local replication = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
  return string.sub(run, 1, 8) .. '-' .. string.sub(replication, 1, 8)
end

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function starts(text, prefix)
  return string.sub(text, 1, #prefix) == prefix
end

-- The text as a pattern that matches only itself; generations have a dash.
local function escaped(text)
  return (string.gsub(text, '%p', '%%%0'))
end

-- Removes KEYS[from] and those after it. Returns the number of those that were there.
local function unlink_from(from)
  local removed = 0
  for i = from, #KEYS do removed = removed + redis.call('UNLINK', KEYS[i]) end
  return removed
end
