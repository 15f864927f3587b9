"""An SMTP server for tests (aiosmtpd): prints the port it listens on, then each mail it took, one JSON value a line.

Takes the settings as a JSON object in its first argument. Ends when its standard input does, as it does with the
test that started it.
"""

import asyncio
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

settings = json.loads(sys.argv[1])


def say(value):
    print(json.dumps(value), flush=True)


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 no such mailbox"
        if address.startswith("later@"):
            return "451 4.3.0 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        say(
            {
                "from": envelope.mail_from,
                "to": envelope.rcpt_tos,
                "headers": {name.lower(): value for name, value in mail.items()},
                "text": mail.get_body(("plain",)).get_content(),
                "html": mail.get_body(("html",)).get_content(),
                "encrypted": server.transport.get_extra_info("sslcontext") is not None,
                "login": session.auth_data,
            }
        )
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    right = data.login == b"forepeak" and data.password == b"a secret: 100%"
    return AuthResult(success=right, handled=False, auth_data=data.login.decode())


async def main():
    tls = None
    if settings.get("certificate"):
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(settings["certificate"])
    implicit = settings.get("implicit", False)

    def server():
        return SMTP(
            Handler(),
            hostname="localhost",
            tls_context=None if implicit else tls,
            require_starttls=tls is not None and not implicit,
            authenticator=authenticate,
            auth_required=settings.get("login", False),
            auth_require_tls=not implicit,
        )

    loop = asyncio.get_running_loop()
    listening = await loop.create_server(server, "127.0.0.1", 0, ssl=tls if implicit else None)
    say(listening.sockets[0].getsockname()[1])
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
