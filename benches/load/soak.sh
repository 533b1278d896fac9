#!/usr/bin/env bash
# Memory under a long load: 64 connections against a sidecar whose shadow never answers, its memory read as it runs.
#   benches/load/soak.sh [SECONDS]
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-120} rounds=1
. benches/load/world.sh
tee soak 9731 9705 before-forward
pid=$tee_pid
wait_port 9731; wait_port 9701
wrk -t1 -c64 -d"${seconds}s" --latency -s benches/load/order.lua http://127.0.0.1:9731 > "$work/soak.txt" & load=$!
while kill -0 $load 2>/dev/null; do
  sleep 10
  printf '%4ds  resident %6.1f MB  descriptors %4d  journal %7.1f MB  WAL %6.1f MB\n' "$SECONDS" \
    "$(awk '/VmRSS/ {print $2/1024}' /proc/$pid/status)" "$(ls /proc/$pid/fd | wc -l)" \
    "$(stat -c %s "$work/soak.db" | awk '{print $1/1048576}')" "$(stat -c %s "$work/soak.db-wal" | awk '{print $1/1048576}')"
done
grep -E 'requests in|Requests/sec|99%|Non-2xx' "$work/soak.txt"
kill $pid; wait $pid 2>/dev/null || true
sqlite3 "file:$work/soak.db?mode=ro" "select (select count(*) from capture)||' captures, '||(select count(*) from answer where lane='legacy')||' live answers, '||(select count(*) from gap)||' gaps'"
[ -z "${KEEP:-}" ] || cp "$work/soak.db" "$KEEP"
