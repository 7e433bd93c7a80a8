--- What repeated measurements say: the median, and the quartiles around it.
local spread = {}

---@param values table<integer, number> in any order; some may be missing
---@return number? median nil for an empty list
---@return number? low the first quartile
---@return number? high the third quartile
function spread.of(values)
  local sorted = {}
  for _, value in pairs(values) do sorted[#sorted + 1] = value end
  if #sorted == 0 then return nil end
  table.sort(sorted)
  local function at(share) return sorted[math.max(1, math.ceil(#sorted * share))] end
  return at(0.5), at(0.25), at(0.75)
end

--- The values of one series over those of another, round by round, where both have one.
---@param values table<integer, number> by round; some may be missing
---@param base table<integer, number>
---@return number[]
function spread.ratios(values, base)
  local ratios = {}
  for round, value in pairs(values) do
    if base[round] then ratios[#ratios + 1] = value / base[round] end
  end
  return ratios
end

--- "1.08 (1.05 to 1.12)", or "-" for an empty list.
---@param values number[]
---@return string
function spread.text(values)
  local median, low, high = spread.of(values)
  if not median then return "-" end
  local digits = median >= 10 and 1 or 2
  return ("%.*f (%.*f to %.*f)"):gsub("%*", digits):format(median, low, high)
end

return spread
