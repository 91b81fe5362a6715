"""Programs: registered by whoever knows them, approved by the district, and what they recognize and offer.

An approved program has a source of its own in the record, and stands on the list of known issuers with every issuer
it is allowed to hand in badges of. Until then nothing is taken in from it.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, NamedTuple, get_args
from uuid import UUID, uuid4

from msgspec import structs
from psycopg.errors import UniqueViolation

from app.db import Tx
from app.db.access.tenants import TenantRow
from app.db.mastery import citations
from app.db.plans.plans import Signature
from app.db.programs import programs as stored
from app.db.programs.programs import AchievementRow, OpportunityRow, ProgramRow
from app.errors import Conflict, Invalid, NotFound
from app.issuing.issuer import Issuer, issuer_of, program_issuer
from app.programs import equivalence, offers, rubric
from app.programs.offers import Offer
from app.programs.playlists import Playlist
from app.programs.rubric import Definition
from app.secrets import Vault
from app.settings import Settings
from app.sources import configure
from app.sources.configure import NewSource
from app.wallet import known
from schemas.codes import Setting

__all__ = ["AchievementRow", "OpportunityRow", "ProgramRow", "Registration"]

ProgramKind = Literal["club", "library", "museum", "employer", "camp", "college", "school", "other"]
Signs = Literal["program", "district"]
"""Who is the issuer of the program's badges: it itself, or the district, for which it then acts."""
KINDS: tuple[ProgramKind, ...] = get_args(ProgramKind)
KNOWN_BY = "a program that the district approved"
"""Why an issuer stands on the list of known ones that a program brought there."""
RANK = 60
"""The rank of a program's source: what school says of who a learner is comes first."""


@dataclass(frozen=True, slots=True)
class Registration:
    """What is said of a program. `issuers` are whose badges it may hand in, `schools` whose learners it serves."""

    name: str
    kind: ProgramKind = "club"
    setting: Setting = "after-school"
    contact: str | None = None
    about: str | None = None
    issuers: tuple[str, ...] = ()
    schools: tuple[str, ...] = ()
    signs: Signs = "district"
    trusted: bool = False


class Offering(NamedTuple):
    """An offer as it stands in the catalogue: what it says, and the schools its program serves."""

    row: OpportunityRow
    offer: Offer
    schools: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """A playlist that was taken from a file, and the badge it leads to that the program does not have."""

    opportunity: UUID
    lacking: str | None


async def register(tx: Tx, registration: Registration, now: datetime) -> UUID:
    """A program that asks to be approved; its id. Conflict where one of that name is registered."""
    _check_issuers(registration.issuers)
    row = ProgramRow(
        id=uuid4(),
        slug=slug_of(registration.name),
        name=registration.name,
        kind=registration.kind,
        setting=registration.setting,
        state="asked",
        contact=registration.contact,
        about=registration.about,
        issuers=list(registration.issuers),
        schools=list(registration.schools),
        signs=registration.signs,
        trusted=registration.trusted,
        source_id=None,
        revision=1,
        created_at=now,
        decided_at=None,
        decided_by=None,
        reason=None,
    )
    try:
        await stored.add(tx, row)
    except UniqueViolation:
        words = f"A program '{registration.name}' is registered: use that one, or give this one a name of its own."
        raise Conflict(words, type="program-known", title="Program is registered") from None
    return row.id


async def change(tx: Tx, program: UUID, registration: Registration, by: str) -> ProgramRow:
    """Say anew what a program is; its state stays, and what it is allowed to hand in is known from now on."""
    _check_issuers(registration.issuers)
    row = await _locked(tx, program)
    changed = replace(
        row,
        name=registration.name,
        kind=registration.kind,
        setting=registration.setting,
        contact=registration.contact,
        about=registration.about,
        issuers=list(registration.issuers),
        schools=list(registration.schools),
        signs=registration.signs,
        trusted=registration.trusted,
    )
    await stored.save(tx, changed)
    if row.state == "approved":
        await _know(tx, changed, changed.issuers, by)
        await _unknow(tx, set(row.issuers) - set(changed.issuers))
    return await program_of(tx, program)


async def approve(
    tx: Tx, vault: Vault, settings: Settings, owner: TenantRow, program: UUID, by: str, now: datetime
) -> ProgramRow:
    """Approve a program: it has a source in the record, and its issuers are known. Call it last in a transaction."""
    row = await _locked(tx, program)
    if row.state == "approved":
        return row
    source = row.source_id
    if source is None:
        new = NewSource("evidence", f"program-{row.slug}", row.name, {"setting": row.setting}, rank=RANK)
        source = await configure.create(tx, new, vault, settings.limits)
    approved = replace(row, state="approved", source_id=source, decided_at=now, decided_by=by, reason=None)
    await stored.save(tx, approved)
    own = issuer_for(owner, approved, settings)
    await _know(tx, approved, [own.did, *approved.issuers] if approved.signs == "program" else approved.issuers, by)
    return await program_of(tx, program)


async def end(tx: Tx, program: UUID, reason: str | None, by: str, now: datetime) -> ProgramRow:
    """Refuse a program, or end one: nothing more is taken in from it, and what was accepted stands.

    Whose badges it was allowed to hand in is known no more by it. Call it last in a transaction.
    """
    row = await _locked(tx, program)
    await stored.save(tx, replace(row, state="ended", decided_at=now, decided_by=by, reason=reason))
    await _unknow(tx, set(row.issuers))
    return await program_of(tx, program)


async def program_of(tx: Tx, program: UUID) -> ProgramRow:
    """A program. NotFound where there is none."""
    row = await stored.by_id(tx, program)
    if row is None:
        raise NotFound(f"No program {program}.")
    return row


async def approved(tx: Tx, program: UUID) -> ProgramRow:
    """A program that may hand in. NotFound where there is none, Conflict where the district has not approved it."""
    row = await program_of(tx, program)
    if row.state != "approved":
        words = f"{row.name} is not approved by the district (it is '{row.state}'): ask the district."
        raise Conflict(words, type="program-not-approved", title="Program is not approved")
    return row


async def of_source(tx: Tx, source: int) -> ProgramRow | None:
    """The program that a source is of."""
    return await stored.by_source(tx, source)


async def listed(tx: Tx) -> list[ProgramRow]:
    """All programs, by name."""
    return await stored.listed(tx)


def issuer_for(owner: TenantRow, program: ProgramRow, settings: Settings) -> Issuer:
    """Who issues a program's badges: the program itself, or the district."""
    if program.signs == "program":
        return program_issuer(issuer_of(owner, settings), program.slug, program.name)
    return issuer_of(owner, settings)


async def issuer_named(tx: Tx, owner: Issuer, did: str, source: int | None) -> Issuer | None:
    """The approved program that issues in its own name under this DID; None where none does.

    `source`: whoever asks may speak for the program of that source alone; None: for all of the district's.
    """
    begin = f"{owner.did}:p:"
    row = await stored.by_slug(tx, did.removeprefix(begin)) if did.startswith(begin) else None
    if row is None or row.state != "approved" or row.signs != "program" or source not in (None, row.source_id):
        return None
    return program_issuer(owner, row.slug, row.name)


async def define(tx: Tx, program: UUID, definition: Definition, by: Signature, now: datetime) -> UUID:
    """A new achievement of a program; its id. Invalid where it makes no sense."""
    await program_of(tx, program)
    own = uuid4()
    await _write(tx, program, own, version=1, definition=definition, by=by, now=now)
    return own


async def redefine(tx: Tx, achievement: UUID, definition: Definition, by: Signature, now: datetime) -> AchievementRow:
    """The next version of an achievement; what was awarded by the one before stands as it was awarded."""
    row = await achievement_of(tx, achievement)
    if row.retired or rubric.read(row.body) != definition:
        await _write(tx, row.program_id, row.id, version=row.version + 1, definition=definition, by=by, now=now)
    return await achievement_of(tx, achievement)


async def retire(tx: Tx, achievement: UUID, by: Signature, now: datetime) -> AchievementRow:
    """Award an achievement no more: nothing new is handed in for it. What waits is decided, what was awarded stands.

    `redefine` brings it back. NotFound where there is none.
    """
    row = await achievement_of(tx, achievement)
    if not row.retired:
        body, version = row.body.encode(), row.version + 1
        await stored.add_achievement(
            tx, row.id, version, program=row.program_id, body=body, by=by, at=now, retired=True
        )
    return await achievement_of(tx, achievement)


async def achievement_of(tx: Tx, achievement: UUID) -> AchievementRow:
    """An achievement in its latest version. NotFound where there is none."""
    row = await stored.achievement(tx, achievement)
    if row is None:
        raise NotFound(f"No achievement {achievement}.")
    return row


async def competencies_shown(tx: Tx, definition: Definition) -> dict[UUID, str]:
    """The competencies that an achievement may show, in words."""
    rows = await citations.named(tx, definition.shown) if definition.shown else []
    return {row.id: f"{row.code} · {row.statement}" if row.code else row.statement for row in rows}


async def achievements(tx: Tx, program: UUID | None = None, *, retired: bool = False) -> list[AchievementRow]:
    """What a program (or every one) recognizes; also what it does no more, where `retired`."""
    return [row for row in await stored.achievements(tx, program) if retired or not row.retired]


async def offer(tx: Tx, program: UUID, opportunity: Offer, by: str, now: datetime) -> UUID:
    """Something new that a program offers; its id. Invalid where it makes no sense."""
    await program_of(tx, program)
    own = {row.id for row in await achievements(tx, program)}
    if pointers := dict(offers.wrongs(opportunity, own)):
        raise Invalid("The offer makes no sense as it is.", pointers=pointers)
    new = uuid4()
    await stored.add_opportunity(
        tx,
        new,
        program,
        kind=opportunity.kind,
        body=offers.written(opportunity),
        span=(opportunity.begins, opportunity.ends),
        by=by,
        at=now,
    )
    return new


async def change_offer(tx: Tx, opportunity: UUID, changed: Offer) -> OpportunityRow:
    """Say anew what is offered. NotFound where nothing of that id goes on, Invalid where it makes no sense."""
    row = await opportunity_of(tx, opportunity)
    if row.id not in {going.id for going in await opportunities(tx, row.program_id)}:
        raise NotFound(f"No opportunity {opportunity} goes on.")
    own = {achievement.id for achievement in await achievements(tx, row.program_id)}
    own |= {*offers.read(row.body).achievements}  # one that is awarded no more may stay
    if pointers := dict(offers.wrongs(changed, own)):
        raise Invalid("The offer makes no sense as it is.", pointers=pointers)
    if offers.read(row.body) != changed:
        await _save_offer(tx, opportunity, changed)
    return await opportunity_of(tx, opportunity)


async def take_playlist(
    tx: Tx, program: UUID, playlist: Playlist, by: Signature, now: datetime, *, define_badge: bool
) -> Taken:
    """Offer a playlist from a file; one of that title that goes on takes what the file says.

    A badge of the program is known by its name; one that is not is defined where `define_badge`, and else told.
    """
    badge = playlist.badge
    own = {rubric.read(row.body).name.casefold(): row.id for row in await achievements(tx, program)}
    known = own.get(badge.name.casefold()) if badge else None
    if badge and known is None and define_badge:
        known = await define(tx, program, badge.definition(), by, now)
    offered = structs.replace(playlist.offer, achievements=(known,) if known else ())
    lacking = badge.name if badge and known is None else None
    for row in await opportunities(tx, program):
        if row.kind == "playlist" and offer_title(row).casefold() == offered.title.casefold():
            if offers.read(row.body) != offered:
                await _save_offer(tx, row.id, offered)
            return Taken(row.id, lacking)
    return Taken(await offer(tx, program, offered, by.made_by, now), lacking)


async def opportunity_of(tx: Tx, opportunity: UUID) -> OpportunityRow:
    """An offer. NotFound where there is none."""
    row = await stored.opportunity(tx, opportunity)
    if row is None:
        raise NotFound(f"No opportunity {opportunity}.")
    return row


async def opportunities(tx: Tx, program: UUID | None = None) -> list[OpportunityRow]:
    """What a program (or every approved one) offers, the soonest first."""
    return await stored.opportunities(tx, program)


async def offered(tx: Tx, now: datetime) -> list[Offering]:
    """What approved programs offer that is not over, the soonest first, with the schools that each program serves."""
    served = {row.id: row.schools for row in await stored.listed(tx)}
    read = [(row, offers.read(row.body)) for row in await stored.opportunities(tx)]
    return [
        Offering(row, opportunity, tuple(served[row.program_id]))
        for row, opportunity in read
        if not offers.over(opportunity, now)
    ]


def offer_title(row: OpportunityRow) -> str:
    """What an offer is called."""
    return offers.read(row.body).title


async def end_offer(tx: Tx, opportunity: UUID, now: datetime) -> None:
    """End an offer. NotFound where there is none that goes on."""
    if not await stored.end_opportunity(tx, opportunity, now):
        raise NotFound(f"No opportunity {opportunity} goes on.")


def slug_of(name: str) -> str:
    """A short name for addresses, made of a program's name."""
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:48].strip("-") or "program"


async def _write(
    tx: Tx, program: UUID, own: UUID, version: int, definition: Definition, by: Signature, now: datetime
) -> None:
    have = {row.id for row in await citations.named(tx, definition.shown) if not row.retired}
    others = {row.id for row in await stored.achievements(tx)} - {own} if definition.parts else set()
    if pointers := dict(rubric.wrongs(definition, have, others)) | await equivalence.wrong_rule(tx, definition):
        raise Invalid("The achievement makes no sense as it is.", pointers=pointers)
    await stored.add_achievement(
        tx, own, version, program=program, body=rubric.written(definition), by=by, at=now, retired=False
    )


async def _save_offer(tx: Tx, opportunity: UUID, changed: Offer) -> None:
    span = (changed.begins, changed.ends)
    await stored.save_opportunity(tx, opportunity, changed.kind, offers.written(changed), span)


async def _know(tx: Tx, row: ProgramRow, issuers: Sequence[str], by: str) -> None:
    listed_issuers = {entry.issuer for entry in await known.listed(tx)}
    for issuer in issuers:
        if issuer not in listed_issuers:  # as the district itself, or another program, has put it there
            await known.put(tx, issuer, row.name, KNOWN_BY, by)


async def _unknow(tx: Tx, issuers: Collection[str]) -> None:
    """Take issuers off the list of known ones, as far as programs alone brought them there, and none still does."""
    allowed = {issuer for row in await listed(tx) if row.state == "approved" for issuer in row.issuers}
    for entry in await known.listed(tx):
        if entry.issuer in issuers and entry.issuer not in allowed and entry.note == KNOWN_BY:
            await known.take_off(tx, entry.id)


async def _locked(tx: Tx, program: UUID) -> ProgramRow:
    row = await stored.locked(tx, program)
    if row is None:
        raise NotFound(f"No program {program}.")
    return row


def _check_issuers(issuers: Sequence[str]) -> None:
    pointers = {
        f"/issuers/{index}": "a DID or an https address is expected"
        for index, issuer in enumerate(issuers)
        if not issuer.startswith(known.SCHEMES) or len(issuer) > known.LONGEST or any(c.isspace() for c in issuer)
    }
    if pointers:
        raise Invalid("An issuer is named by a DID or an address.", pointers=pointers)
