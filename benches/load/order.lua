-- 2 KB orders, each with an id of its own.
local pad = string.rep("x", 1500)
local n = 0
local seed = os.time() * 1000
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["X-Shopify-Topic"] = "orders/create"
wrk.headers["X-Shopify-Shop-Domain"] = "invented.example"
wrk.headers["X-Shopify-Hmac-Sha256"] = "bm90IGEgcmVhbCBzaWduYXR1cmUsIGJ1dCBhcyBsb25nIGFz"
request = function()
  n = n + 1
  local body = string.format('{"id":%d%07d,"name":"#%d","currency":"EUR","total_price":"199.00","line_items":[{"sku":"A-%d","quantity":1,"price":"199.00"},{"sku":"B-%d","quantity":2,"price":"10.00"}],"customer":{"first_name":"Ada","last_name":"Example","email":"ada@invented.example"},"note":"%s"}', seed, n, n, n % 97, n % 89, pad)
  return wrk.format(nil, "/webhooks/orders/create", nil, body)
end
