-- Orders at a pace: each of CONNECTIONS connections waits between two of its orders, so that RATE go out in a second.
dofile("benches/load/order.lua")
local wait_ms = 1000 * tonumber(os.getenv("CONNECTIONS")) / tonumber(os.getenv("RATE"))
delay = function() return wait_ms end
