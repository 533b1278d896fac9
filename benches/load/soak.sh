#!/usr/bin/env bash
# Memory under a long load: 64 connections against a sidecar, its memory read as it runs, and in the end what became of each request.
# Without a rate they post as fast as they can, to a shadow that never answers; with one, to a shadow that does.
#   benches/load/soak.sh [SECONDS] [ORDERS a second]
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-120} rounds=1 script=benches/load/order.lua shadow=9705 every=10
if [ -n "${2:-}" ]; then
  export RATE=$2 CONNECTIONS=64
  script=benches/load/paced.lua shadow=9702 every=$((seconds / 20 + 1))
fi
. benches/load/world.sh
tee soak 9731 $shadow before-forward
pid=$tee_pid
wait_port 9731; wait_port 9701
wrk -t1 -c64 -d"${seconds}s" --latency -s $script http://127.0.0.1:9731 > "$work/soak.txt" & load=$!
while kill -0 $load 2>/dev/null; do
  sleep $every
  printf '%4ds  resident %6.1f MB  descriptors %4d  journal %7.1f MB  WAL %6.1f MB\n' "$SECONDS" \
    "$(awk '/VmRSS/ {print $2/1024}' /proc/$pid/status)" "$(ls /proc/$pid/fd | wc -l)" \
    "$(stat -c %s "$work/soak.db" | awk '{print $1/1048576}')" "$(stat -c %s "$work/soak.db-wal" | awk '{print $1/1048576}')"
done
grep -E 'requests in|Requests/sec|50%|99%|Non-2xx' "$work/soak.txt"
kill $pid; wait $pid 2>/dev/null || true
count() { sqlite3 "file:$work/soak.db?mode=ro" "select count(*) from $1"; }
echo "$(count capture) captures, $(count "answer where lane = 'legacy'") live answers, $(count "attempt where lane = 'gated'") shadow sends," \
  "$(count "answer where lane = 'gated'") of them answered, $(count "capture where skip is not null") skipped, $(count gap) gaps"
${PARITEE:-target/release/paritee} verify "$work/soak.db"
[ -z "${KEEP:-}" ] || cp "$work/soak.db" "$KEEP"
