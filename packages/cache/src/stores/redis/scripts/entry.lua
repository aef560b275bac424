-- Stores a value with its stamp, and the grace copy. Fields of `value`, all text: bytes, ttl_ms,
-- grace_ms, head ('id:checksum'), tail ('loadMs:codec:epochs').
local function store(value_key, record_key, grace_key, refresh_key, value, generation)
  local expires = string.format('%.0f', now_ms() + tonumber(value.ttl_ms))
  local stamp = 'E:' .. generation .. ':' .. value.head .. ':' .. expires .. ':' .. value.tail
  redis.call('SET', value_key, value.bytes, 'PX', value.ttl_ms)
  if tonumber(value.grace_ms) > 0 then
    local kept_ms = string.format('%.0f', value.ttl_ms + value.grace_ms)
    redis.call('SET', record_key, stamp, 'PX', kept_ms)
    redis.call('SET', grace_key, stamp .. '\n' .. value.bytes, 'PX', kept_ms)
    redis.call('UNLINK', refresh_key)
  else
    redis.call('SET', record_key, stamp, 'PX', value.ttl_ms)
    redis.call('UNLINK', grace_key, refresh_key)
  end
end
