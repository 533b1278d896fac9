#!/bin/sh
# Imports a generated CSV into a new journal, some times over, and says how many rows a second went in.
#
#     benches/import/run.sh [ROWS] [RUNS]        PARITEE names the program, default target/release/paritee
#
# The best of the runs counts: what else the machine does only ever slows an import down. Memory is the peak of the last run.
set -eu
rows=${1:-1000000} runs=${2:-3}
paritee=$(realpath "${PARITEE:-target/release/paritee}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat > paritee.toml <<TOML
[tee]
listen = "127.0.0.1:0"
journal = "week3.db"
[[tee.route]]
path = "/orders"
operation = "create"
order_key = ["/id"]
[lane.legacy]
role = "live"
url = "http://127.0.0.1:9001"
flow = "fire-and-forget"
ledger = "production"
[lane.gated]
role = "shadow"
url = "http://127.0.0.1:9002"
flow = "erp-gated"
ledger = "sandbox"
[lane.gated.import]
order_key = "External ID"
reference = "Document Number"
committed_at = "Created"
TOML

awk -v rows="$rows" 'BEGIN {
    print "External ID,Document Number,Created,Customer,Status,Currency,Total,Memo";
    for (n = 0; n < rows; n++)
        printf "82098%010d,SO-%08d,2026-11-%02dT%02d:%02d:%02dZ,\"Quarry, Mara %d\",Pending Fulfillment,EUR,%d.%02d,\"deliver to the \"\"back\"\" door\"\n",
            (n * 7919) % 9999999967, n, n % 20 + 1, n % 24, n % 60, n * 7 % 60, n % 997, n % 900 + 10, n % 100;
}' > ledger.csv
echo "$rows rows, $(wc -c < ledger.csv) bytes"

for run in $(seq "$runs"); do
    rm -f week3.db*
    # An import begins no journal: the sidecar does, and ends at once.
    "$paritee" serve --config paritee.toml 2> serve.log &
    sidecar=$!
    until grep -q teeing serve.log; do sleep 0.1; done
    kill "$sidecar"
    wait "$sidecar" || true
    begin=$(date +%s%N)
    if command -v time > /dev/null && [ -x /usr/bin/time ]; then
        /usr/bin/time -f "peak %M KiB" "$paritee" import --config paritee.toml --lane gated ledger.csv > summary.txt
    else
        "$paritee" import --config paritee.toml --lane gated ledger.csv > summary.txt
    fi
    end=$(date +%s%N)
    echo "run $run: $(( rows * 1000000000 / (end - begin) )) rows/s"
done
cat summary.txt
begin=$(date +%s%N)
"$paritee" import --config paritee.toml --lane gated ledger.csv | grep known
end=$(date +%s%N)
echo "again, all known: $(( rows * 1000000000 / (end - begin) )) rows/s"
