-- For wrk: asks for the paths of a file in turn, when one is named, and prints one object of JSON.
local paths = {}
local at = 0

function init(args)
  if args[1] == nil then return end
  for path in io.lines(args[1]) do paths[#paths + 1] = wrk.format("GET", path) end
  request = function()
    at = at % #paths + 1
    return paths[at]
  end
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"bytes":%d,"microseconds":%d,"p50":%d,"p99":%d,"errors":%d}\n',
    summary.requests, summary.bytes, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
