# The world of the load comparisons, to be sourced: upstreams, nginx with `mirror`, paritee, wrk.
for tool in nginx wrk sqlite3 python3; do
  command -v $tool >/dev/null || { echo "$tool is missing: apt-get install nginx wrk sqlite3 python3" >&2; exit 2; }
done
[ -n "${PARITEE:-}" ] || cargo build --release --quiet
work=$(mktemp -d)
pids=()
stop() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null || true; rm -rf "$work"; }
trap stop EXIT

# Upstreams: nginx answers at once; 9702 answers as the gated lane, 9703 after 200 ms, 9704 never listens.
conf() { # NAME, then a server block on stdin
  cat > "$work/$1.conf" <<CONF
worker_processes 1; pid $work/$1.pid; error_log $work/$1.log; daemon off;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 1000000; client_body_buffer_size 64k;
  client_body_temp_path $work/$1-body; proxy_temp_path $work/$1-proxy; fastcgi_temp_path $work/$1-f; uwsgi_temp_path $work/$1-u; scgi_temp_path $work/$1-s;
  $(cat)
}
CONF
  nginx -c "$work/$1.conf" -p "$work" & pids+=($!)
}
conf upstream <<'CONF'
server { listen 127.0.0.1:9701; location / { default_type application/json; return 200 '{"received":true}'; } }
server { listen 127.0.0.1:9702; location / { default_type application/json; return 201 '{"id":"SO-1"}'; } }
CONF
mirror() { # NAME PORT SHADOW_PORT
  conf "$1" <<CONF
upstream live { server 127.0.0.1:9701; keepalive 128; }
upstream shadow { server 127.0.0.1:$3; keepalive 128; }
server { listen 127.0.0.1:$2;
  location / { mirror /shadow; mirror_request_body on; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://live; }
  location = /shadow { internal; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://shadow\$request_uri; proxy_connect_timeout 5s; }
}
CONF
}
python3 benches/load/slow.py 9703 0.2 & pids+=($!)
python3 benches/load/slow.py 9705 hang & pids+=($!)

tee() { # NAME PORT SHADOW_PORT DURABILITY
  cat > "$work/$1.toml" <<CONF
[tee]
listen = "127.0.0.1:$2"
journal = "$work/$1.db"
durability = "$4"
[[tee.route]]
method = "POST"
path = "/webhooks/orders/*"
operation = "create"
order_key = ["/id"]
also_known_as = ["/name"]
[lane.legacy]
role = "live"
url = "http://127.0.0.1:9701"
flow = "fire-and-forget"
ledger = "production"
[lane.gated]
role = "shadow"
url = "http://127.0.0.1:$3"
flow = "erp-gated"
ledger = "sandbox"
concurrency = 64
${ADMIN:-}
CONF
  ${PARITEE:-target/release/paritee} ${PARITEE_ARGS-serve --config} "$work/$1.toml" 2> "$work/$1.err" & pids+=($!)
  tee_pid=$!
}
load() { wrk -t1 -c64 -d"${3:-$seconds}s" --latency -s benches/load/order.lua "http://127.0.0.1:$1" > "$work/wrk.txt"
  awk -v name="$2" '/Requests\/sec/ {rate=$2} $1=="99%" {p99=$2} $1=="50%" {p50=$2} /Non-2xx/ {bad=$0} END {printf "%-28s %9.0f /s   p50 %8s   p99 %8s   %s\n", name, rate, p50, p99, bad}' "$work/wrk.txt"; }
wait_port() { for _ in $(seq 100); do (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return; sleep 0.1; done; echo "nothing listens on $1" >&2; exit 1; }
one() { # NAME PORT SHADOW_PORT DURABILITY
  tee "$1" "$2" "$3" "$4"; local pid=$tee_pid; wait_port "$2"; load "$2" "$1"
  echo "    memory $(awk '/VmHWM/ {print $2/1024 " MB peak"}' "/proc/$pid/status")"
  kill "$pid"; wait "$pid" 2>/dev/null || true; cat "$work/$1.err" | grep -v INFO | head -5 || true
  echo "    journal $(sqlite3 "file:$work/$1.db?mode=ro" "select (select count(*) from capture)||' captures, '||(select count(*) from answer where lane='legacy')||' live answers, '||(select count(*) from attempt where lane='gated')||' shadow sends, '||(select count(*) from gap)||' gaps'" 2>/dev/null)"
  rm -f "$work/$1.db"*; }

