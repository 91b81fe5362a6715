"""News of sources by e-mail."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.db.access import tenants
from app.jobs.posting import AT_ONCE, GIVE_UP, Became, next_try, post_all
from app.operations import watching
from app.operations.watching import NoticeReader, SourceNoticeRow
from app.programs.notices import Reader
from app.start import Service
from app.web.mail import letters
from app.web.mail.letters import Letter

Post = tuple[SourceNoticeRow, Sequence[tuple[Reader, Letter]]]
"""A notice, and the letters that tell it."""


async def send_source_news(service: Service, tenant: int, now: datetime) -> int:
    """Send the news of sources that are due at a time; how many letters the mail server took."""
    owner = await tenants.by_id(service.db, tenant)
    if service.settings.mail_host is None or owner is None:
        return 0
    async with service.db.transaction(tenant) as tx:
        readers = [reader for reader in await watching.readers(tx, now) if reader.told and reader.address]
        posts: list[Post] = []
        for row, source in await watching.due(tx, now, AT_ONCE):
            if not readers:
                await watching.mark(tx, row, "unsent", "nobody to send it to", now)
            elif now - row.made_at > GIVE_UP:
                await watching.mark(tx, row, "given up", "too long ago", now)
            else:
                posts.append((row, _letters(owner.name, source.name, row, service.settings.home, readers)))

    async def mark(post: Post, became: Became) -> None:
        row, _ = post
        state, again = next_try(became, row.tries + 1, now)
        async with service.db.transaction(tenant) as tx:
            await watching.mark(tx, row, state, became.why, again)

    def letters_of(post: Post) -> tuple[UUID, Sequence[tuple[Reader, Letter]]]:
        return post[0].id, post[1]

    return await post_all(service.settings, tenant, posts, letters_of=letters_of, mark=mark, now=now)


def _letters(
    district: str, name: str, row: SourceNoticeRow, home: str, readers: Sequence[NoticeReader]
) -> list[tuple[Reader, Letter]]:
    kind = watching.kind_of(row)
    address = watching.page_of(home, row.source_id, kind)
    return [
        (Reader(reader.address or "", reader.language), letters.source(district, name, kind, address, reader.language))
        for reader in readers
    ]
