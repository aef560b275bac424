-- A list of fences: 'F:id=untilMs,id+=untilMs'. A plus: another fence, or an invalidation, fell
-- between this fence and its lift.

-- The fences of a record that have not expired; an empty table if it is not a list of fences.
local function standing_fences(record)
  local fences = {}
  if not record or not starts(record, 'F:') then return fences end
  local now = now_ms()
  for id, mark, till in string.gmatch(string.sub(record, 3), '([^=,+]+)(%+?)=(%d+)') do
    if tonumber(till) > now then
      fences[#fences + 1] = { id = id, overlapped = mark == '+', till = tonumber(till) }
    end
  end
  return fences
end

local function mark_overlapped(fences)
  for _, fence in ipairs(fences) do fence.overlapped = true end
end

-- Writes the list, to expire with its last fence. Without fences, removes the record. Returns the
-- reply, which is an error if the server is full.
local function put_fences(key, fences)
  if #fences == 0 then return redis.call('UNLINK', key) end
  local texts, latest = {}, 0
  for i, fence in ipairs(fences) do
    local mark = fence.overlapped and '+' or ''
    texts[i] = fence.id .. mark .. '=' .. string.format('%.0f', fence.till)
    latest = math.max(latest, fence.till)
  end
  -- A moment has passed since the fences were looked at; none may be left of the last one's life.
  local life = string.format('%.0f', math.max(1, latest - now_ms()))
  return redis.pcall('SET', key, 'F:' .. table.concat(texts, ','), 'PX', life)
end
