#!/usr/bin/env bash
# The load comparison: durable capture by paritee against nginx with `mirror`, on this machine, in one run.
# Same 2 KB orders, same 64 connections, same upstreams. Needs nginx, wrk and sqlite3 from the distribution.
#   benches/load/run.sh [SECONDS] [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-10} rounds=${2:-5}
. benches/load/world.sh
mirror mirror 9711 9702
mirror mirror-slow 9712 9703
mirror mirror-down 9713 9704
for port in 9701 9702 9703 9711 9712 9713; do wait_port $port; done
for round in $(seq "$rounds"); do
  echo "round $round"
  load 9701 "upstream alone" 3
  load 9711 "nginx mirror"
  one "paritee before-forward" 9721 9702 before-forward
  one "paritee relaxed" 9722 9702 relaxed
done
echo "shadows that misbehave"
load 9712 "nginx mirror, 200 ms"
load 9713 "nginx mirror, down"
one "paritee, none" 9726 9702 before-forward
one "paritee, 200 ms" 9723 9703 before-forward
one "paritee, down" 9724 9704 before-forward
one "paritee, hangs" 9725 9705 before-forward
