"""A shadow that misbehaves: answers after so many seconds, or never ('hang'). Port and seconds as arguments."""
import asyncio
import sys

PORT, DELAY = int(sys.argv[1]), sys.argv[2]


async def serve(reader, writer):
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
            await reader.readexactly(length)
            await asyncio.sleep(10_000 if DELAY == "hang" else float(DELAY))
            writer.write(b'HTTP/1.1 201 Created\r\ncontent-length: 13\r\n\r\n{"id":"SO-1"}')
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", PORT, backlog=4096, limit=1 << 20)
    async with server:
        await server.serve_forever()


asyncio.run(main())
