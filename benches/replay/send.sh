#!/usr/bin/env bash
# How fast a capture is replayed, beside wrk that posts orders of the same size to the same two lanes, on this machine, in one run: nginx answers as both.
# wrk counts requests, of which a replay makes two for each order, each capture and each attempt durable before its first byte leaves.
# Needs nginx, wrk and python3 from the distribution.
#   benches/replay/send.sh [ORDERS] [ROUNDS] [SECONDS of wrk] [CONCURRENCY]
set -euo pipefail
cd "$(dirname "$0")/../.."
orders=${1:-100000} rounds=${2:-3} seconds=${3:-5} concurrency=${4:-32}
cargo build --release --quiet
paritee=$PWD/target/release/paritee
folder=$(mktemp -d)
trap 'kill $(cat "$folder/nginx.pid") 2>/dev/null || true; rm -rf "$folder"' EXIT
cat >"$folder/nginx.conf" <<N
worker_processes 1;
pid $folder/nginx.pid;
error_log $folder/error.log;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path $folder; proxy_temp_path $folder; fastcgi_temp_path $folder; uwsgi_temp_path $folder; scgi_temp_path $folder;
  keepalive_requests 100000000;
  server { listen 127.0.0.1:9741; location / { default_type application/json; return 200 '{"received":true}'; } }
  server { listen 127.0.0.1:9742; location / { default_type application/json; return 201 '{"id":"SO-1"}'; } }
}
N
nginx -c "$folder/nginx.conf" -p "$folder"
cat >"$folder/lanes.toml" <<N
[tee]
listen = "127.0.0.1:0"
journal = "$folder/week3.db"
[[tee.route]]
path = "/webhooks/orders/*"
order_key = ["/id"]
[settle]
sla = "1ms"
horizon = "1ms"
[lane.legacy]
url = "http://127.0.0.1:9741"
ledger = "sandbox"
[lane.gated]
url = "http://127.0.0.1:9742"
ledger = "sandbox"
N
python3 - "$orders" >"$folder/day.ndjson" <<'N'
import json, sys
pad = "x" * 1500
for n in range(int(sys.argv[1])):
    order = {"id": 5_600_000_000_000 + n, "name": f"#{n}", "currency": "EUR", "total_price": "199.00", "line_items": [{"sku": f"A-{n % 97}", "quantity": 1, "price": "199.00"}, {"sku": f"B-{n % 89}", "quantity": 2, "price": "10.00"}], "customer": {"first_name": "Ada", "last_name": "Example", "email": "ada@invented.example"}, "note": pad}
    headers = [["host", "shop"], ["content-type", "application/json"], ["x-shopify-topic", "orders/create"], ["x-shopify-shop-domain", "invented.example"], ["x-shopify-hmac-sha256", "bm90IGEgcmVhbCBzaWduYXR1cmUsIGJ1dCBhcyBsb25nIGFz"]]
    print(json.dumps({"version": 1, "time": "2026-11-20T18:00:00Z", "method": "POST", "target": "/webhooks/orders/create", "headers": headers, "body": json.dumps(order)}))
N
echo "orders $orders, $(stat -c %s "$folder/day.ndjson") bytes; concurrency $concurrency; load $(cut -d' ' -f1 /proc/loadavg)"
wrk_rate() { awk '/Requests\/sec/ {print $2}'; }
for round in $(seq "$rounds"); do
  wrk -t1 -c"$concurrency" -d"${seconds}s" -s benches/load/order.lua http://127.0.0.1:9741 >"$folder/a" &
  wrk -t1 -c"$concurrency" -d"${seconds}s" -s benches/load/order.lua http://127.0.0.1:9742 >"$folder/b"
  wait %% 2>/dev/null || wait
  both=$(cat "$folder/a" "$folder/b" | wrk_rate | awk '{sum += $1} END {printf "%.0f", sum}')
  rm -f "$folder"/replay.db*
  /usr/bin/env time -f "%M KB %U s user %S s system" -o "$folder/time" "$paritee" replay --config "$folder/lanes.toml" --journal "$folder/replay.db" \
    --speed max --concurrency "$concurrency" --format md -o /dev/null "$folder/day.ndjson" 2>"$folder/said" || true
  rate=$(awk -F'[ ,/]+' '/^in / {print $(NF-1)}' "$folder/said")
  echo "round $round: wrk $both requests/s, paritee $rate orders/s = $(awk "BEGIN {printf \"%.0f requests/s, %.2f of wrk\", 2 * $rate, 2 * $rate / $both}"); $(tail -1 "$folder/time")"
  grep waited "$folder/said" | sed 's/^/  /'
done
