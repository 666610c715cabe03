-- One of the invoices whose ids stand in the file KONTOR_IDS, one a line. KONTOR_TOKEN is a service's token.
dofile((debug.getinfo(1, "S").source:match("^@(.*/)") or "./") .. "report.lua")
local headers = {["Authorization"] = "Bearer " .. (os.getenv("KONTOR_TOKEN") or "")}
local ids, number = {}, 0
for id in io.lines(os.getenv("KONTOR_IDS") or "/dev/null") do ids[#ids + 1] = id end
function request()
   number = number + 1
   return wrk.format("GET", "/invoices/" .. ids[(number * 7919) % #ids + 1], headers)
end
