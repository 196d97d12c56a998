"""A mail server (aiosmtpd) that does what the first part of the address says; prints its port, then
each message that it took as a line of JSON. Ends when its standard input ends."""

import asyncio
import json
import ssl
import sys
import warnings

from aiosmtpd.smtp import SMTP, AuthResult

# It does not count TLS from the start as TLS, and says so at each connection.
warnings.simplefilter("ignore")


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("busy@"):
            return f"450 4.2.1 <{address}> is busy"
        if address.startswith("gone@"):
            return f"550 5.1.1 <{address}> does not live here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        to = envelope.rcpt_tos[0]
        if to.startswith("drop@"):
            server.transport.abort()
            return "250 never read"
        if to.startswith("slow@"):
            await asyncio.sleep(3600)
        if to.startswith("spam@"):
            return f"554 5.7.1 <{to}> wants no such thing"
        took = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "text": envelope.content.decode("ascii").replace("\r\n", "\n"),
            "tls": server.transport.get_extra_info("ssl_object") is not None,
            "login": bool(session.authenticated),
        }
        print(json.dumps(took), flush=True)
        return "250 OK"


def login(server, session, envelope, mechanism, data):
    good = data.login == b"shop@us" and data.password == b"h/sh"
    return AuthResult(success=good, handled=good)


async def main(mode, files):
    context = None
    if mode != "plain":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*files)
    starttls = context if mode == "starttls" else None
    wrapper = context if mode == "tls" else None

    def connection():
        return SMTP(
            Handler(),
            tls_context=starttls,
            require_starttls=starttls is not None,
            authenticator=login,
            auth_require_tls=False,
            auth_required=mode != "plain",
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(connection, "127.0.0.1", 0, ssl=wrapper)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main(sys.argv[1], sys.argv[2:]))
