-- Announces of the peers at 127.0.0.1 for wrk, as bench/announce/udp_source.ts has announced them
-- before. Arguments: peers at that address, swarms, addresses. Prints what it saw as JSON.

local requests = {}

-- A number in 20 bytes, each escaped.
local function numbered(number)
  local escaped = string.rep("%00", 16)
  for shift = 3, 0, -1 do
    escaped = escaped .. string.format("%%%02x", math.floor(number / 256 ^ shift) % 256)
  end
  return escaped
end

function init(args)
  math.randomseed(1)
  local peers, swarms, addresses = tonumber(args[1]), tonumber(args[2]), tonumber(args[3])
  for number = 0, peers - 1 do
    local peer = number * addresses
    local path = "/announce?info_hash=" .. numbered(number % swarms) ..
      "&peer_id=" .. numbered(peer) .. "&port=" .. 1024 + number ..
      "&uploaded=0&downloaded=0&left=" .. peer % 3 .. "&compact=1&numwant=50&key=1"
    requests[number + 1] = wrk.format(nil, path)
  end
end

function request()
  return requests[math.random(#requests)]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"seconds":%f,"bytes":%d,"errors":%d,"medianMs":%f,"p99Ms":%f}\n',
    summary.requests, summary.duration / 1e6, summary.bytes,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3
  ))
end
