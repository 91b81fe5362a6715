"""News of programs by e-mail: what programs and families wait to be told goes out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from uuid import UUID

from app.db import Tx
from app.db.access import tenants
from app.db.programs import notices as stored
from app.db.programs import submissions
from app.db.programs.notices import NoticeRow
from app.jobs.posting import AT_ONCE, GIVE_UP, Became, next_try, post_all
from app.programs import notices, programs, summary
from app.programs.notices import NoticeKind, Reader
from app.start import Service
from app.web.mail import letters
from app.web.mail.letters import About, Letter


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

    async def mark(post: Post, became: Became) -> None:
        ids = [row.id for row in post.rows]
        state, again = next_try(became, max(row.tries for row in post.rows) + 1, now)
        async with service.db.transaction(tenant) as tx:
            await stored.mark(tx, ids, state, why=became.why, next_at=again, sent=now if state == "sent" else None)

    def letters_of(post: Post) -> tuple[UUID, Sequence[tuple[Reader, Letter]]]:
        return post.rows[0].id, post.letters

    return await post_all(service.settings, tenant, posts, letters_of=letters_of, mark=mark, now=now)


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
