"""E-mail: what programs and families wait to be told goes out, each letter by itself, again where a server had no time.

A letter counts as sent once the mail server has taken it. Should that not be written down any more, it goes out once
more under the same Message-ID, by which a mailbox knows it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from itertools import groupby
from uuid import UUID, uuid5

import structlog
from aiosmtplib import SMTP, SMTPException, SMTPRecipientsRefused, SMTPResponseException

from app.db import Tx
from app.db.access import tenants
from app.db.programs import notices as stored
from app.db.programs import submissions
from app.db.programs.notices import NoticeRow
from app.programs import notices, programs, summary
from app.programs.notices import NoticeKind, Reader
from app.settings import Settings
from app.start import Service
from app.web.mail import letters
from app.web.mail.letters import About, Letter

log = structlog.get_logger(__name__)

AT_ONCE = 500
SECONDS = 20
"""How long the mail server may take to answer."""
TRIES = 6
GIVE_UP = timedelta(days=5)
"""Older news are told by nobody: they stand on the page."""


@dataclass(frozen=True, slots=True)
class Post:
    """What goes out together: to whom, in which letter for each, and the notices that are then done."""

    rows: Sequence[NoticeRow]
    letters: list[tuple[Reader, Letter]] = field(default_factory=list)


async def send_due(service: Service, tenant: int) -> None:
    """Send what is due. A letter that cannot be sent costs itself alone; without a mail server, nothing is sent."""
    await send_at(service, tenant, datetime.now(UTC))


async def send_at(service: Service, tenant: int, now: datetime) -> int:
    """Send what is due at a time; how many letters the mail server took."""
    if service.settings.mail_host is None:
        return 0
    async with service.db.transaction(tenant) as tx:
        posts = await _posts(service, tx, now)
    if not posts:
        return 0
    letters = 0
    try:
        async with server_of(service.settings) as server:
            for post in posts:
                letters += await _send(service, tenant, server, post, now)
    except (SMTPException, OSError) as why:
        log.warning("the mail server could not be reached", tenant=tenant, why=type(why).__name__)
        async with service.db.transaction(tenant) as tx:
            for post in posts:
                await _again(tx, post, "the mail server could not be reached", now)
    log.info("letters were sent", tenant=tenant, letters=letters)
    return letters


async def _posts(service: Service, tx: Tx, now: datetime) -> list[Post]:
    """What is due, as it goes out: a program's news together, a month and a family's news each by itself."""
    owner = await tenants.by_id(service.db, tx.tenant)
    assert owner is not None
    rows = await stored.due(tx, now, AT_ONCE)
    old = [row.id for row in rows if now - row.made_at > GIVE_UP]
    await stored.mark(tx, old, "given up", why="too long ago", next_at=now, sent=None)
    posts = []
    fresh = sorted((row for row in rows if row.id not in {*old}), key=_together)
    for _key, group in groupby(fresh, key=_together):
        together = list(group)
        program = await programs.program_of(tx, together[0].program_id)
        about = About(owner.name, program.name, service.settings.home)
        post = Post(together, await _letters(tx, about, together, now))
        if post.letters:
            posts.append(post)
        else:
            await stored.mark(
                tx, [row.id for row in together], "unsent", why="no e-mail address", next_at=now, sent=None
            )
    return posts


def _together(row: NoticeRow) -> tuple[str, str, str]:
    """What goes into one letter."""
    alone = row.side == "family" or row.kind == "month"
    return str(row.program_id), row.side, str(row.id) if alone else ""


async def _letters(tx: Tx, about: About, rows: Sequence[NoticeRow], now: datetime) -> list[tuple[Reader, Letter]]:
    first = rows[0]
    kind: NoticeKind = first.kind  # type: ignore[assignment]  # what is stored is one of them
    if first.side == "family":
        about_it = await submissions.by_id(tx, first.submission_id) if first.submission_id else None
        reader = notices.family_of(about_it) if about_it else None
        return [(reader, letters.family(about, kind, reader.language))] if reader else []
    readers = await notices.readers(tx, await programs.program_of(tx, first.program_id), now)
    if first.month is not None:
        month = await summary.summary(tx, first.program_id, first.month)
        return [(reader, letters.month_letter(about, month, reader.language)) for reader in readers]
    counts: dict[NoticeKind, int] = {}
    for row in rows:
        own: NoticeKind = row.kind  # type: ignore[assignment]  # as above
        counts[own] = counts.get(own, 0) + 1
    return [(reader, letters.news(about, counts, reader.language)) for reader in readers]


async def _send(service: Service, tenant: int, server: SMTP, post: Post, now: datetime) -> int:
    """Send what goes out together, and write down what became of it; how many letters were taken."""
    accepted, wrong, for_good = 0, "", True
    for reader, letter in post.letters:
        try:
            await server.send_message(message(service.settings, post.rows[0].id, reader, letter, now))
            accepted += 1
        except SMTPRecipientsRefused as why:
            wrong = "the mail server refuses the address"
            for_good &= all(refused.code >= 500 for refused in why.recipients)
        except SMTPResponseException as why:
            wrong = f"the mail server answered {why.code}"
            for_good &= why.code >= 500
    ids = [row.id for row in post.rows]
    async with service.db.transaction(tenant) as tx:
        if accepted:
            await stored.mark(tx, ids, "sent", why=wrong or None, next_at=now, sent=now)
        elif for_good:
            await stored.mark(tx, ids, "given up", why=wrong, next_at=now, sent=None)
        else:
            await _again(tx, post, wrong, now)
    return accepted


async def _again(tx: Tx, post: Post, why: str, now: datetime) -> None:
    """Have a letter tried again later and later, and in the end no more."""
    tries = max(row.tries for row in post.rows) + 1
    state = "given up" if tries >= TRIES else "waiting"
    await stored.mark(
        tx, [row.id for row in post.rows], state, why=why, next_at=now + timedelta(minutes=5 * 4**tries), sent=None
    )


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
