"""So many dashboards: each listens to events and asks for the overview when something has changed."""
import asyncio
import sys
import time

port, dashboards, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
events = pages = size = 0
slowest = 0.0


async def page():
    global pages, size, slowest
    began = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    answer = await reader.read(-1)
    writer.close()
    pages += 1
    size = max(size, len(answer))
    slowest = max(slowest, time.monotonic() - began)


async def dashboard():
    global events
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
    while True:
        line = await reader.readline()
        if not line:
            return
        if line.startswith(b"data:"):
            events += 1
            await page()
            await asyncio.sleep(0.7)


async def main():
    await asyncio.wait([asyncio.create_task(dashboard()) for _ in range(dashboards)], timeout=seconds)


asyncio.run(main())
print(f"  {events} events, {pages} pages of {size} bytes at most, the slowest within {slowest * 1000:.0f} ms")
