"""Links: a way in without an account, as an address with a picture to scan, or as a code on paper.

A form's link serves a whole season and may ask for a PIN; a claim code belongs to one event and may be used once or
many times; a link to assess is for one project of one learner. Each ends by itself.
"""

import hashlib
import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from uuid import UUID, uuid4

from app.db import Tx
from app.db.programs import ways_in as stored
from app.db.programs.ways_in import LinkRow
from app.errors import Gone, Invalid, NotFound
from app.people.codes import hash_of, new_code, read_code
from app.programs import catalogue, definitions, programs
from app.secrets import Vault, same_secret

__all__ = ["LinkRow", "NewLink", "read_code"]

LinkKind = Literal["form", "code", "assess"]
ENDED = "This link has ended. Ask the program for a new one."
MOST_WRONG = 10
"""Wrong PINs after which a link is ended: six digits are guessed by nobody in ten tries."""
HANDING: tuple[LinkKind, ...] = ("form", "code")
JUDGING: tuple[LinkKind, ...] = ("assess",)
LONGEST = timedelta(days=400)
ASSESSING = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link to be made. Without an end, a form's lasts until the end of June, a code's for a month."""

    kind: LinkKind
    title: str
    achievement: UUID | None = None
    opportunity: UUID | None = None
    submission: UUID | None = None
    pin: str | None = None
    uses: int | None = None
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A new link, and its secret."""

    row: LinkRow
    secret: str


def season_end(today: date) -> datetime:
    """The end of the June that comes next."""
    year = today.year if today.month < 6 else today.year + 1
    return datetime.combine(date(year, 6, 30), time(23, 59, 59), UTC)


async def make(tx: Tx, vault: Vault, program: UUID, new: NewLink, by: str, now: datetime) -> Made:
    """A new link. Invalid where its PIN is no PIN, or it would never end."""
    await programs.approved(tx, program)
    pointers = {}
    if new.pin is not None and not (new.pin.isascii() and new.pin.isdigit() and 4 <= len(new.pin) <= 8):
        pointers["/pin"] = "four to eight digits"
    if new.uses is not None and not 1 <= new.uses <= 10_000:
        pointers["/uses"] = "1 to 10,000"
    expires = new.expires or (season_end(now.date()) if new.kind == "form" else now + ASSESSING)
    if not now < expires <= now + LONGEST:
        pointers["/expires"] = "a day to come, within a year"
    if new.achievement and new.achievement not in {own.id for own in await definitions.achievements(tx, program)}:
        pointers["/achievement"] = "the program has no such achievement"
    if new.opportunity and new.opportunity not in {own.id for own in await catalogue.opportunities(tx, program)}:
        pointers["/opportunity"] = "the program offers no such thing, or no longer"
    if pointers:
        raise Invalid("The link makes no sense as it is.", pointers=pointers)
    own, code = uuid4(), new_code()
    secret = read_code(code)
    assert secret is not None
    row = LinkRow(
        id=own,
        program_id=program,
        kind=new.kind,
        hash=hash_of(secret),
        sealed=vault.seal(tx.tenant, code.encode()),
        sealed_pin=vault.seal(tx.tenant, new.pin.encode()) if new.pin else None,
        title=new.title,
        achievement_id=new.achievement,
        opportunity_id=new.opportunity,
        submission_id=new.submission,
        uses_left=new.uses,
        wrong_pins=0,
        expires_at=expires,
        ended_at=None,
        made_by=by,
        made_at=now,
    )
    await stored.add_link(tx, row)
    return Made(row, code)


async def opened(tx: Tx, typed: str, now: datetime, kinds: Collection[LinkKind]) -> LinkRow:
    """The link of a code, of one of these kinds. NotFound where there is none, Gone where it is over or used up."""
    secret = read_code(typed)
    row = await stored.link_by_hash(tx, hash_of(secret)) if secret else None
    if row is None or row.kind not in kinds:
        raise NotFound("This link or code is not known here. Check that it was copied whole, or ask for a new one.")
    if row.ended_at is not None or row.expires_at <= now or row.wrong_pins >= MOST_WRONG:
        raise Gone(ENDED)
    if row.uses_left is not None and row.uses_left <= 0:
        raise Gone("This code has been used. Ask the program for a new one.")
    return row


async def check_pin(tx: Tx, vault: Vault, row: LinkRow, typed: str) -> bool:
    """Whether that is a link's PIN; a wrong one is counted."""
    if row.sealed_pin is None or same_secret(vault.open(tx.tenant, row.sealed_pin).decode(), typed.strip()):
        return True
    await stored.count_pin(tx, row.id)
    return False


def proof(vault: Vault, row: LinkRow) -> str:
    """What a browser keeps that has shown the PIN of a link."""
    return hmac.new(vault.signing_key("submission link"), row.hash, hashlib.sha256).hexdigest()


def proven(vault: Vault, row: LinkRow, pin_proof: str) -> bool:
    """Whether a browser has shown the PIN of a link, or needs none."""
    return row.sealed_pin is None or same_secret(proof(vault, row), pin_proof)


async def used(tx: Tx, row: LinkRow) -> None:
    """Count that something was handed in by a link."""
    if row.uses_left is not None:
        await stored.use_link(tx, row.id)


async def of_program(tx: Tx, program: UUID) -> list[LinkRow]:
    """A program's links, newest first."""
    return await stored.links(tx, program)


async def own(tx: Tx, program: UUID, link: UUID) -> LinkRow:
    """A program's own link. NotFound where there is none."""
    row = await stored.link(tx, link)
    if row is None or row.program_id != program:
        raise NotFound(f"No link {link}.")
    return row


def code_of(vault: Vault, tenant: int, row: LinkRow) -> str:
    """The code of a link, to print it again."""
    return vault.open(tenant, row.sealed).decode()


async def end(tx: Tx, program: UUID, link: UUID, now: datetime) -> None:
    """End a link: from now on nobody hands in by it."""
    row = await own(tx, program, link)
    await stored.end_link(tx, row.id, now)


def new_pin() -> str:
    """Six digits."""
    return f"{secrets.randbelow(10**6):06d}"
