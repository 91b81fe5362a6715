"""Posting: letters of any kind go out over one connection, each by itself, and again where a server had no time.

A letter counts as sent once the mail server has taken it. Should that not be written down any more, it goes out once
more under the same Message-ID, by which a mailbox knows it.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Literal, TypeVar
from uuid import UUID, uuid5

import structlog
from aiosmtplib import SMTP, SMTPException, SMTPRecipientsRefused, SMTPResponseException

from app.errors import place
from app.programs.notices import Reader
from app.settings import Settings
from app.web.mail.letters import Letter

log = structlog.get_logger(__name__)

AT_ONCE = 500
"""How many letters of a kind one job takes up."""
SECONDS = 20
"""How long the mail server may take to answer."""
TRIES = 6
GIVE_UP = timedelta(days=5)
"""Older news are told by nobody: they stand on the page."""

State = Literal["sent", "given up", "waiting"]
T = TypeVar("T")
LettersOf = Callable[[T], tuple[UUID, Sequence[tuple[Reader, Letter]]]]
"""The notice that something to be sent is of, and its letters, each with who reads it."""


@dataclass(frozen=True, slots=True)
class Became:
    """What became of a letter: how many readers' servers took it, and what went wrong where one did not."""

    state: State
    accepted: int = 0
    why: str | None = None


UNREACHABLE = Became("waiting", why="the mail server could not be reached")


async def post_all(
    settings: Settings,
    tenant: int,
    posts: Sequence[T],
    *,
    letters_of: LettersOf[T],
    mark: Callable[[T, Became], Awaitable[None]],
    now: datetime,
) -> int:
    """Send each of these, and have written down what became of it; how many letters the mail server took.

    Those that a server which goes away has not been offered wait, as does the one it was offered last.
    """
    if not posts:
        return 0
    left, count = list(posts), 0
    try:
        async with server_of(settings) as server:
            while left:
                became = await _post_safely(settings, tenant, server, left[0], letters_of=letters_of, now=now)
                await mark(left.pop(0), became)
                count += became.accepted
    except (SMTPException, OSError) as why:
        log.warning("the mail server could not be reached", tenant=tenant, why=type(why).__name__)
        for post in left:
            await mark(post, UNREACHABLE)
    log.info("letters were sent", tenant=tenant, letters=count)
    return count


async def _post_safely(
    settings: Settings, tenant: int, server: SMTP, post: T, *, letters_of: LettersOf[T], now: datetime
) -> Became:
    """Send what one post is; one that cannot be written costs itself, is told, and waits."""
    try:
        notice, own = letters_of(post)
        return await _post(settings, server, notice, own, now)
    except (SMTPException, OSError):
        raise
    except Exception as why:  # noqa: BLE001  whatever it is, it is this letter's alone
        log.error("a letter could not be written", tenant=tenant, why=place(why))  # noqa: TRY400  its words may be personal
        return Became("waiting", why="it could not be written")


async def _post(
    settings: Settings, server: SMTP, notice: UUID, own: Sequence[tuple[Reader, Letter]], now: datetime
) -> Became:
    """Send a letter to each of its readers."""
    accepted, wrong, for_good = 0, None, True
    for reader, letter in own:
        try:
            await server.send_message(message(settings, notice, reader, letter, now))
            accepted += 1
        except SMTPRecipientsRefused as why:
            wrong = "the mail server refuses the address"
            for_good &= all(refused.code >= 500 for refused in why.recipients)
        except SMTPResponseException as why:
            wrong = f"the mail server answered {why.code}"
            for_good &= why.code >= 500
    return Became("sent" if accepted else "given up" if for_good else "waiting", accepted, wrong)


def next_try(became: Became, tries: int, now: datetime) -> tuple[State, datetime]:
    """The state of a letter after so many tries, and when it is tried again: later and later, in the end no more."""
    if became.state != "waiting":
        return became.state, now
    return "given up" if tries >= TRIES else "waiting", now + timedelta(minutes=5 * 4**tries)


def message(settings: Settings, notice: UUID, reader: Reader, letter: Letter, now: datetime) -> EmailMessage:
    """A letter as it is sent; the same one has the same Message-ID."""
    name, sender = parseaddr(settings.mail_from or "")
    host = sender.rpartition("@")[2] or "localhost"
    sent = EmailMessage()
    sent["From"] = Address(name or "Tessera", addr_spec=sender or "tessera@localhost")
    sent["To"] = Address(addr_spec=reader.address)
    sent["Subject"] = " ".join(letter.subject.split())
    sent["Date"] = format_datetime(now)
    sent["Message-ID"] = f"<{uuid5(notice, reader.address.casefold())}@{host}>"
    sent["Auto-Submitted"] = "auto-generated"
    sent.set_content(letter.text)
    return sent


def server_of(settings: Settings) -> SMTP:
    """The operator's mail server."""
    password = settings.mail_password.get_secret_value() if settings.mail_password else None
    return SMTP(
        hostname=settings.mail_host,
        port=settings.mail_port,
        username=settings.mail_user,
        password=password,
        use_tls=settings.mail_security == "tls",
        start_tls=settings.mail_security == "starttls",
        timeout=SECONDS,
    )
