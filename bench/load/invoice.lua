-- An invoice of five lines, for one of 10,000 customers, each with a key of its own. KONTOR_TOKEN is a service's token.
dofile((debug.getinfo(1, "S").source:match("^@(.*/)") or "./") .. "report.lua")
local token = os.getenv("KONTOR_TOKEN") or ""
local run, number = os.getenv("KONTOR_RUN") or tostring(os.time()), 0
local line = '{"name":"Lizenz pro","quantity":%d,"unit_price":"49.00","rate":"19"}'
local headers = {["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. token}
function request()
   number = number + 1
   local lines = {}
   for index = 1, 5 do lines[index] = line:format((number + index) % 9 + 1) end
   headers["Idempotency-Key"] = run .. "-" .. number
   local body = '{"currency":"EUR","pricing":"net","delivery":{"date":"2026-01-31"},"payment":{"due_in_days":14},'
      .. '"buyer":{"login":"customer-' .. (number * 7919) % 10000 .. '","name":"Anna Beispiel","street":"Weg 1",'
      .. '"zip":"10115","city":"Berlin","country":"DE"},"lines":[' .. table.concat(lines, ",") .. "]}"
   return wrk.format("POST", nil, headers, body)
end
