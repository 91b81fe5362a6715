"""Watching sources: people are told once when one is held, fails twice in a row or is late, and once when it is well.

Told means: an event of the feed, which webhooks hear of, and a letter where the operator has configured a mail server.
Neither says more than which source it is and where to look.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, cast
from uuid import UUID, uuid4

from app.db import Tx
from app.db.people.accounts import AccountRow
from app.db.records import learners
from app.db.sources import notices as stored
from app.db.sources.notices import SourceNoticeRow, WatchedRow
from app.errors import Invalid
from app.people.roles import MAY, ROLES, Role
from schemas.addresses import is_email

__all__ = ["SourceNoticeRow", "any_due", "listed"]
Trouble = Literal["held", "failing", "late"]
NoticeKind = Literal["held", "failing", "late", "well"]

LATE = timedelta(hours=2)
"""So long after it was due a source is late, if no sync of it has ended since."""
KEPT = timedelta(days=90)
MANAGERS: tuple[Role, ...] = tuple(role for role in ROLES if "sources.manage" in MAY[role])
"""Roles whose holders may be told."""
STEWARDS: tuple[Role, ...] = ("steward",)
"""Who is told where the district has chosen nobody; where it has no stewards, all who may be."""


@dataclass(frozen=True, slots=True)
class NoticeReader:
    """Somebody who may be told; `told`: they are. `address`: None where no e-mail address of theirs is known."""

    account: UUID
    name: str
    login: str
    address: str | None
    language: str | None
    told: bool


async def watch(tx: Tx, now: datetime, home: str) -> None:
    """Tell what has befallen the tenant's sources, and that it is over. `home` is where the service is reached."""
    for row in await stored.watched(tx):
        open_kinds = {*row.open_kinds}
        if row.state != "active" and row.awaited_since is not None:
            await stored.stop_awaiting(tx, row.id)
        if row.state == "retired":
            await stored.close(tx, row.id, now)
        elif is_well(row):
            await stored.close(tx, row.id, now)
            await _tell(tx, row, "well", now, home)
        else:
            for kind in sorted(troubles(row, now) - open_kinds):
                await _tell(tx, row, kind, now, home)
    await stored.forget(tx, now - KEPT)


def troubles(row: WatchedRow, now: datetime) -> set[Trouble]:
    """What is wrong with a source now."""
    wrong: set[Trouble] = set()
    if row.last_state == "held":
        wrong.add("held")
    if row.last_state == "failed" and (row.state_before == "failed" or row.state == "paused"):
        wrong.add("failing")
    awaited = (row.awaited_since, row.due_at) if row.state == "active" else ()
    if any(since < now - LATE and (row.last_ended is None or row.last_ended < since) for since in awaited if since):
        wrong.add("late")
    return wrong


def is_well(row: WatchedRow) -> bool:
    """Whether a source of which something was told has come through since, if only in part."""
    if row.open_since is None or row.last_ended is None:
        return False
    return row.last_state in ("done", "partial") and row.last_ended > row.open_since


async def await_sync(tx: Tx, source: int, since: datetime) -> None:
    """Note that a source was due."""
    await stored.await_sync(tx, source, since)


async def tell_paused(tx: Tx, source: int, now: datetime, home: str) -> None:
    """Tell that a source was paused because its settings will not do: no run of it has a word about that."""
    for row in await stored.watched(tx):
        if row.id == source and "failing" not in row.open_kinds:
            await _tell(tx, row, "failing", now, home)


async def listed(tx: Tx, source: int | None = None, limit: int = 50) -> list[SourceNoticeRow]:
    """What was told of a source, or of all, the newest first."""
    return await stored.listed(tx, source, limit)


async def any_due(tx: Tx, now: datetime) -> bool:
    """Whether a letter is to go out now."""
    return await stored.any_due(tx, now)


async def readers(tx: Tx, now: datetime) -> list[NoticeReader]:
    """All who may be told, by login, and whether they are: whom the district chose or, without a choice, stewards."""
    accounts = await stored.holders(tx, MANAGERS, now)
    chosen = await stored.chosen(tx) & {row.id for row in accounts}
    if not chosen:
        chosen = {row.id for row in await stored.holders(tx, STEWARDS, now)} or {row.id for row in accounts}
    return [
        NoticeReader(row.id, row.name, row.login, _address(row), row.language, told=row.id in chosen)
        for row in accounts
    ]


async def choose(tx: Tx, accounts: Collection[UUID], now: datetime) -> list[NoticeReader]:
    """Have these accounts told, and no others; nobody chosen means the stewards. Invalid for one that may not be."""
    known = {row.id for row in await stored.holders(tx, MANAGERS, now)}
    if unknown := [account for account in accounts if account not in known]:
        raise Invalid(
            f"Account {unknown[0]} may not manage sources: give it the role of a steward or an administrator first.",
            pointers={"/accounts": "one of these may not manage sources"},
        )
    await stored.choose(tx, accounts)
    return await readers(tx, now)


def page_of(home: str, source: int, kind: str) -> str:
    """Where to look."""
    return f"{home}/sources/{source}/held" if kind == "held" else f"{home}/sources/{source}"


async def _tell(tx: Tx, row: WatchedRow, kind: NoticeKind, now: datetime, home: str) -> None:
    notice = SourceNoticeRow(
        id=uuid4(),
        source_id=row.id,
        kind=kind,
        run_id=None if kind == "late" else row.last_run,
        made_at=now,
        over_at=now if kind == "well" else None,
        state="waiting",
        tries=0,
        why=None,
        next_at=now,
        sent_at=None,
    )
    await stored.add(tx, notice)
    data: dict[str, object] = {"source": row.slug, "run": notice.run_id, "page": page_of(home, row.id, kind)}
    await learners.announce(tx, [(f"source.{kind}", None, data)])


async def due(tx: Tx, now: datetime, limit: int) -> list[tuple[SourceNoticeRow, WatchedRow]]:
    """The notices to send now, each with its source; of one that is gone, none."""
    by_id = {row.id: row for row in await stored.watched(tx)}
    rows = await stored.due(tx, now, limit)
    return [(row, by_id[row.source_id]) for row in rows if row.source_id in by_id]


async def mark(tx: Tx, row: SourceNoticeRow, state: str, why: str | None, next_at: datetime) -> None:
    """Note what became of a try to send a notice."""
    sent_at = next_at if state == "sent" else None
    await stored.mark(tx, replace(row, state=state, why=why, tries=row.tries + 1, next_at=next_at, sent_at=sent_at))


def kind_of(row: SourceNoticeRow) -> NoticeKind:
    """What a stored notice tells."""
    return cast(NoticeKind, row.kind)


def _address(row: AccountRow) -> str | None:
    """The e-mail address of an account: the one that somebody vouches for, or a login that is one."""
    return next((text for text in (row.email, row.login) if text and is_email(text)), None)
