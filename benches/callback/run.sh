#!/usr/bin/env bash
# Events a second through POST /v1/outcomes: commits with documents of 1.2 KB (1.6 KB an event), NDJSON, over loopback, each
# request durable before its answer. Then how fast the same requests are known again, and whether the journal has them all.
#   benches/callback/run.sh [SECONDS] [EVENTS_A_REQUEST] [CONNECTIONS]
set -euo pipefail
cd "$(dirname "$0")/../.."
for tool in python3; do
  command -v $tool >/dev/null || { echo "$tool is missing: apt-get install python3" >&2; exit 2; }
done
paritee=${PARITEE:-target/release/paritee}
[ -n "${PARITEE:-}" ] || cargo build --release --quiet
work=$(mktemp -d)
stop() { kill "${pid:-}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"; }
trap stop EXIT
cat > "$work/bench.toml" <<CONF
[tee]
listen = "127.0.0.1:0"
journal = "$work/bench.db"
[[tee.route]]
path = "/orders"
operation = "create"
order_key = ["/id"]
[lane.legacy]
role = "live"
url = "http://127.0.0.1:1"
flow = "fire-and-forget"
ledger = "production"
[lane.gated]
role = "shadow"
url = "http://127.0.0.1:2"
flow = "erp-gated"
ledger = "sandbox"
[admin]
listen = "127.0.0.1:0"
CONF
NO_COLOR=1 PARITEE_LOG=info "$paritee" serve --config "$work/bench.toml" 2> "$work/log" & pid=$!
for _ in $(seq 100); do
  admin=$(sed -n 's/.*admin=\([0-9.:]*\).*/\1/p' "$work/log")
  [ -z "$admin" ] || break
  sleep 0.1
done
[ -n "$admin" ] || { cat "$work/log" >&2; exit 2; }
python3 benches/callback/post.py "$admin" "${1:-10}" "${2:-500}" "${3:-4}"
grep -E "VmHWM" "/proc/$pid/status"
kill "$pid"; wait "$pid"
"$paritee" verify "$work/bench.db"
