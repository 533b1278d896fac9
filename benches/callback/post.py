"""Posts batches of new events for some seconds, then the first of them again: post.py HOST:PORT SECONDS EVENTS CONNECTIONS"""

import http.client
import json
import sys
import threading
import time

addr, seconds, events, connections = sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
lines = [{"sku": f"SKU-{n}", "quantity": n, "price": "19.90", "text": "x" * 60} for n in range(9)]
template = json.dumps({
    "specversion": "1.0", "type": "paritee.order.committed", "source": "erp", "id": "commit-%d", "lane": "gated",
    "subject": "order-%d", "time": "2026-03-02T10:00:00Z", "reference": "SO-%d",
    "data": {"number": "SO-%d", "external": "order-%d", "total": 179.10, "lines": lines},
}) + "\n"
template = template.encode()


def batch(first):
    return b"".join(template % (n, n, n, n, n) for n in range(first, first + events))


def post(connection, first):
    began = time.monotonic()
    connection.request("POST", "/v1/outcomes", batch(first), {"Content-Type": "application/x-ndjson"})
    response = connection.getresponse()
    told = json.loads(response.read())
    assert response.status == 200 and told["recorded"] + told["known"] == events, (response.status, told)
    return time.monotonic() - began


def client(number, until, took):
    connection = http.client.HTTPConnection(addr)
    round = 0
    while time.monotonic() < until:
        took.append(post(connection, (round * connections + number) * events))
        round += 1


def phase(name, length):
    took, began = [], time.monotonic()
    threads = [threading.Thread(target=client, args=(n, began + length, took)) for n in range(connections)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    length, took = time.monotonic() - began, sorted(took)
    print(f"{name}: {len(took) * events / length:,.0f} events/s; a request of {events} took "
          f"{took[len(took) // 2] * 1000:.0f} ms (p50), {took[len(took) * 99 // 100] * 1000:.0f} ms (p99)")


print(f"{len(template)} bytes an event, {connections} connections")
phase("new", seconds)
phase("known again", seconds / 4)
