"""Speaks TLS on a free port of 127.0.0.1 and passes the bytes on to another port, until its input ends.

python tls_front.py CERTIFICATE KEY PORT; the first line that it prints is its own port.
"""

import asyncio
import ssl
import sys


async def copy(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except (ConnectionError, ssl.SSLError):
        pass
    finally:
        writer.close()


async def main(certificate, key, port):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    async def passed_on(reader, writer):
        inside = await asyncio.open_connection("127.0.0.1", int(port))
        await asyncio.gather(copy(reader, inside[1]), copy(inside[0], writer))

    server = await asyncio.start_server(passed_on, "127.0.0.1", 0, ssl=context)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main(*sys.argv[1:]))
