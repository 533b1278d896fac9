#!/usr/bin/env bash
# What judging live and open dashboards cost the tee: rounds of wrk against a sidecar without an admin port, one that judges live and nobody
# looks at, and one with N dashboards open, each with a new journal. Each dashboard listens to events, and asks for the overview again
# whenever something has changed, once in 700 ms at most.
#   benches/dashboard/watched.sh [ROUNDS] [SECONDS] [DASHBOARDS] [ORDERS a second]
set -euo pipefail
cd "$(dirname "$0")/../.."
rounds=${1:-3} seconds=${2:-10} dashboards=${3:-200} rate=${4:-}
script=benches/load/order.lua
if [ -n "$rate" ]; then export RATE=$rate CONNECTIONS=64; script=benches/load/paced.lua; fi
admin=9791
. benches/load/world.sh
wait_port 9701
wrk_at() { wrk -t1 -c64 -d"${seconds}s" --latency -s $script http://127.0.0.1:9731 > "$work/load.txt"
  awk -v what="$1" '/50%/ {half=$2} /99%/ {most=$2} /Requests\/sec/ {printf "%-22s %10s orders/s, half within %s, 99 %% within %s\n", what, $2, half, most}' "$work/load.txt"; }
started() { tee watched 9731 9702 before-forward; wait_port 9731; }
ended() { kill $tee_pid; wait $tee_pid 2>/dev/null || true; rm -f "$work"/watched.db*; }
for round in $(seq "$rounds"); do
  ADMIN=""; started; wrk_at "$round not judged"; ended
  ADMIN="[admin]
listen = \"127.0.0.1:$admin\""
  started; wrk_at "$round judged live"; ended
  started
  python3 benches/dashboard/watch.py $admin "$dashboards" "$((seconds + 4))" > "$work/watch.txt" & watching=$!
  sleep 3
  wrk_at "$round with $dashboards open"
  wait $watching; cat "$work/watch.txt"; ended
done
