-- Put before every script. Records are read with MGET: for a key of another type it returns nil, and
-- the next SET replaces it.

local function get(key)
  return redis.call('MGET', key)[1]
end

-- The first eight digits of a field of INFO.
local function digits_of(info, name)
  local _, last = string.find(info, '\n' .. name .. ':', 1, true)
  return string.sub(info, last + 1, last + 8)
end

-- The incarnation of the server. Read from the server itself: the caller's may be out of date.
local function generation()
  local run, replication
  -- INFO takes several sections from Redis 7 on, which is also the first that reports its version here.
  if redis.REDIS_VERSION_NUM then
    run = redis.call('INFO', 'server', 'replication')
    replication = run
  else
    run = redis.call('INFO', 'server')
    replication = redis.call('INFO', 'replication')
  end
  return digits_of(run, 'run_id') .. '-' .. digits_of(replication, 'master_replid')
end

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function starts(text, prefix)
  return string.sub(text, 1, #prefix) == prefix
end

-- Removes KEYS[from] and those after it.
local function unlink_from(from)
  if #KEYS >= from then redis.call('UNLINK', unpack(KEYS, from)) end
end
