#!/usr/bin/env bash
# How fast a capture is replayed to lanes that do something: the simulated integrations with an ERP behind each, in one process of their own. wrk posts the
# same orders to each lane alone, and then to both at once, which is what a replay does: it can't be faster than the slower of them.
# Needs wrk and python3 from the distribution.
#   benches/replay/integrations.sh [ORDERS] [ROUNDS] [SECONDS of wrk] [CONCURRENCY]
set -euo pipefail
cd "$(dirname "$0")/../.."
orders=${1:-60000} rounds=${2:-3} seconds=${3:-4} concurrency=${4:-32}
cargo build --release --quiet --example sandbox --bin paritee
release=$PWD/target/release
folder=$(mktemp -d)
sandbox=
stop() { [ -z "$sandbox" ] || { kill "$sandbox" 2>/dev/null; wait "$sandbox" 2>/dev/null || true; }; }
trap 'stop; rm -rf "$folder"' EXIT
# Both lanes anew, their ledgers empty.
start() {
  stop
  rm -f "$folder/sandbox.toml" "$folder/said"
  "$release/examples/sandbox" "$folder/sandbox.toml" "$folder/orders.ndjson" "$orders" >"$folder/said" &
  sandbox=$!
  until grep -qs describes "$folder/said"; do sleep 0.1; done
  # As often as a ledger is read by default.
  sed -i 's/every = "200ms"/every = "5s"/' "$folder/sandbox.toml"
}
lane() { grep -A1 "^\[lane.$1\]" "$folder/sandbox.toml" | sed -n 's/^url = "\(.*\)"/\1/p'; }
start
python3 - "$folder" <<'N'
import json, sys
folder = sys.argv[1]
with open(folder + "/bodies", "w") as bodies:
    for line in open(folder + "/orders.ndjson"):
        bodies.write(json.loads(line)["body"] + "\n")
N
cat >"$folder/orders.lua" <<N
local bodies, n = {}, 0
for line in io.lines("$folder/bodies") do bodies[#bodies + 1] = line end
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["X-Shopify-Topic"] = "orders/create"
request = function()
  n = n + 1
  return wrk.format(nil, "/webhooks/orders/create", nil, bodies[(n - 1) % #bodies + 1])
end
N
rate() { wrk -t1 -c"$concurrency" -d"${seconds}s" -s "$folder/orders.lua" "$(lane "$1")" | awk '/Requests\/sec/ {print $2}'; }
echo "orders $orders; concurrency $concurrency; load $(cut -d' ' -f1 /proc/loadavg)"
for round in $(seq "$rounds"); do
  start
  legacy=$(rate legacy) gated=$(rate gated)
  start
  rate legacy >"$folder/beside" &
  beside=$! at_once=$(rate gated)
  wait "$beside"
  start
  rm -f "$folder"/replay.db*
  "$release/paritee" replay --config "$folder/sandbox.toml" --journal "$folder/replay.db" --speed max --concurrency "$concurrency" --settle 2s \
    --format md -o /dev/null "$folder/orders.ndjson" 2>"$folder/replayed" || true
  sent=$(sed -n 's/^in .*, \([0-9.]*\)\/s$/\1/p' "$folder/replayed")
  awk "BEGIN {
    slower = $legacy < $gated ? $legacy : $gated
    printf \"round $round: wrk alone, legacy %.0f/s, gated %.0f/s; at once, legacy %.0f/s, gated %.0f/s; \", $legacy, $gated, $(cat "$folder/beside"), $at_once
    printf \"paritee to both %.0f orders/s, %.2f of the slower alone, %.2f at once\\n\", $sent, $sent / slower, $sent / $at_once
  }"
done
