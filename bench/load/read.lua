-- A plain GET.
dofile((debug.getinfo(1, "S").source:match("^@(.*/)") or "./") .. "report.lua")
