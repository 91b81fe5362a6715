"""News of sources by e-mail: each letter goes out by itself, and again later where a server had no time."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from aiosmtplib import SMTP, SMTPException, SMTPRecipientsRefused, SMTPResponseException

from app.db.access import tenants
from app.jobs.mail import AT_ONCE, GIVE_UP, TRIES, message, server_of
from app.operations import watching
from app.operations.watching import NoticeReader, SourceNoticeRow
from app.programs.notices import Reader
from app.start import Service
from app.web.mail import letters
from app.web.mail.letters import Letter

log = structlog.get_logger(__name__)

Post = tuple[SourceNoticeRow, Sequence[tuple[Reader, Letter]]]
"""A notice, and the letters that tell it."""


async def send_source_news(service: Service, tenant: int, now: datetime) -> int:
    """Send the news of sources that are due at a time; how many letters the mail server took."""
    owner = await tenants.by_id(service.db, tenant)
    if service.settings.mail_host is None or owner is None:
        return 0
    async with service.db.transaction(tenant) as tx:
        readers = [reader for reader in await watching.readers(tx, now) if reader.told and reader.address]
        posts: list[Post] = [
            (row, _letters(owner.name, source.name, row, service.settings.home, readers))
            for row, source in await watching.due(tx, now, AT_ONCE)
        ]
    if not posts:
        return 0
    count = 0
    try:
        async with server_of(service.settings) as server:
            for post in posts:
                count += await _send(service, tenant, server, post, now)
    except (SMTPException, OSError) as why:
        log.warning("the mail server could not be reached", tenant=tenant, why=type(why).__name__)
        for row, _ in posts:
            await _mark(service, tenant, row, "waiting", why="the mail server could not be reached", now=now)
    log.info("news of sources were sent", tenant=tenant, letters=count)
    return count


def _letters(
    district: str, name: str, row: SourceNoticeRow, home: str, readers: Sequence[NoticeReader]
) -> list[tuple[Reader, Letter]]:
    kind = watching.kind_of(row)
    address = watching.page_of(home, row.source_id, kind)
    return [
        (Reader(reader.address or "", reader.language), letters.source(district, name, kind, address, reader.language))
        for reader in readers
    ]


async def _send(service: Service, tenant: int, server: SMTP, post: Post, now: datetime) -> int:
    """Send a notice to each reader, and write down what became of it; how many letters were taken."""
    row, own = post
    if not own or now - row.made_at > GIVE_UP:
        await _mark(service, tenant, row, "unsent" if not own else "given up", why="nobody to send it to", now=now)
        return 0
    accepted, wrong, for_good = 0, "", True
    for reader, letter in own:
        try:
            await server.send_message(message(service.settings, row.id, reader, letter, now))
            accepted += 1
        except SMTPRecipientsRefused as why:
            wrong, for_good = (
                "an address is refused",
                for_good and all(refused.code >= 500 for refused in why.recipients),
            )
        except SMTPResponseException as why:
            wrong, for_good = f"the mail server answered {why.code}", for_good and why.code >= 500
    state = "sent" if accepted else "given up" if for_good else "waiting"
    await _mark(service, tenant, row, state, why=wrong or None, now=now)
    return accepted


async def _mark(
    service: Service, tenant: int, row: SourceNoticeRow, state: str, *, why: str | None, now: datetime
) -> None:
    over = state == "waiting" and row.tries + 1 >= TRIES
    again = now + timedelta(minutes=5 * 4 ** (row.tries + 1)) if state == "waiting" else now
    async with service.db.transaction(tenant) as tx:
        await watching.mark(tx, row, "given up" if over else state, why, again)
