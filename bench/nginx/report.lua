-- A script for wrk: says what came of a run in one line.
function done(summary, latency) -- luacheck: ignore
  local errors = summary.errors
  print(("RESULT %d %.6f %.3f %.3f %d"):format(summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
