"""Sessions: a browser is signed in until it signs out, rests too long, or its time is over. Only a hash is kept."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from app.db import Database, Tx
from app.db.people import sessions
from app.db.people.sessions import SessionRow
from app.people.codes import hash_of, new_token
from app.people.viewer import Viewer, viewer_of
from app.settings import Settings

SEEN_AGAIN = timedelta(seconds=60)
"""How long a session's last use may be out of date: so that not every look writes."""
SHAPE = re.compile(r"([0-9]{1,9})\.([A-Za-z0-9_-]{43})")
KEPT = timedelta(days=30)
"""How long a session that is over is still known, for who asks where they were signed in."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session: what its cookie holds is told this once."""

    row: SessionRow
    cookie: str


async def begin(tx: Tx, settings: Settings, account: UUID, way: str, browser: str) -> Opened:
    """Sign a browser in. `way` is how: `password`, `provider {id}`, `invitation`."""
    now, token = datetime.now(UTC), new_token()
    until = now + timedelta(hours=settings.session_hours)
    row = SessionRow(
        id=uuid4(),
        account_id=account,
        way=way,
        browser=browser_name(browser),
        began_at=now,
        seen_at=now,
        expires_at=until,
    )
    await sessions.add(tx, row, hash_of(token))
    await sessions.prune(tx, now - KEPT)
    return Opened(row, f"{tx.tenant}.{token}")


async def viewer(db: Database, settings: Settings, cookie: str) -> Viewer | None:
    """Who is signed in with a cookie; None where its session is over, or never was."""
    shaped = SHAPE.fullmatch(cookie)
    if shaped is None:
        return None
    now = datetime.now(UTC)
    async with db.transaction(int(shaped[1])) as tx:
        signed_in = await sessions.by_hash(tx, hash_of(shaped[2]))
        if signed_in is None:
            return None
        row, account, tenant = signed_in
        if row.ended_at is not None or row.expires_at <= now or row.seen_at <= idle_since(settings, now):
            return None
        if account.ended_at is not None:
            return None
        if row.seen_at + SEEN_AGAIN < now:
            await sessions.seen(tx, row.id, now)
        return await viewer_of(tx, tenant, account, row, now)


async def live(tx: Tx, settings: Settings, account: UUID) -> list[SessionRow]:
    """Where an account is signed in, the last used first."""
    now = datetime.now(UTC)
    return await sessions.live(tx, account, now, idle_since(settings, now))


async def end(tx: Tx, account: UUID, *, id: UUID | None = None, but: UUID | None = None) -> int:
    """Sign out one browser of an account, or all but one; how many."""
    return await sessions.end(tx, account, datetime.now(UTC), id=id, but=but)


def idle_since(settings: Settings, now: datetime) -> datetime:
    """Sessions that were last used before this are over."""
    return now - timedelta(minutes=settings.session_idle_minutes)


def browser_name(agent: str) -> str:
    """What a person calls a browser, from its User-Agent: `Firefox on Windows`."""
    names = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
    systems = (
        *(("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("CrOS", "Chromebook")),
        *(("Windows", "Windows"), ("Mac OS", "Mac"), ("Linux", "Linux")),
    )
    name = next((name for mark, name in names if mark in agent), "A browser")
    system = next((name for mark, name in systems if mark in agent), None)
    return f"{name} on {system}" if system else name
