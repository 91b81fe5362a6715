"""A mail server that is not ours (aiosmtpd), on this machine: it keeps what it takes, and refuses whom it should."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope


@dataclass
class Mailbox:
    """What the server has taken, in order; addresses it refuses, each with its answer; its port.

    `leaves_after`: so many letters, and it hangs up at the next one.
    """

    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)
    leaves_after: int | None = None

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:  # noqa: N802  aiosmtpd calls it so
        """Whether it will have mail for somebody."""
        del server, session, options
        if answer := self.refuses.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802  as above
        """A letter."""
        del session
        if len(self.taken) == self.leaves_after:
            server.transport.abort()
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        self.taken.append(message_from_bytes(content, policy=policy.default))
        return "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        """What it has taken for an address."""
        return [letter for letter in self.taken if letter["To"] == address]


@asynccontextmanager
async def mail_server() -> AsyncIterator[Mailbox]:
    """A mail server, for as long as it is needed."""
    box = Mailbox()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(box, hostname="mail.example.org", loop=loop), "127.0.0.1", 0)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()
        await server.wait_closed()
