"""Programs: registered by whoever knows them, and approved by the district.

An approved program has a source of its own in the record, and stands on the list of known issuers with every issuer
it is allowed to hand in badges of. Until then nothing is taken in from it.
"""

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID, uuid4

from psycopg.errors import UniqueViolation

from app.db import Tx
from app.db.access.tenants import TenantRow
from app.db.programs import programs as stored
from app.db.programs.programs import ProgramRow
from app.errors import Conflict, Invalid, NotFound
from app.issuing.issuer import Issuer, issuer_of, program_issuer
from app.secrets import Vault
from app.settings import Settings
from app.slugs import numbered, same_name, slug_of
from app.sources import configure
from app.sources.configure import NewSource
from app.wallet import known
from schemas.codes import Setting

__all__ = ["ProgramRow", "Registration"]

ProgramKind = Literal["club", "library", "museum", "employer", "camp", "college", "school", "other"]
Signs = Literal["program", "district"]
"""Who is the issuer of the program's badges: it itself, or the district, for which it then acts."""
KINDS: tuple[ProgramKind, ...] = get_args(ProgramKind)
KNOWN_BY = "a program that the district approved"
"""Why an issuer stands on the list of known ones that a program brought there."""
SAME = 50
"""How many programs may have names that read the same in addresses."""
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


async def register(tx: Tx, registration: Registration, now: datetime) -> UUID:
    """A program that asks to be approved; its id. Conflict where one of that name is registered."""
    _check_issuers(registration.issuers)
    row = ProgramRow(
        id=uuid4(),
        slug=slug_of(registration.name, otherwise="program", most=48),
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
    if not any(same_name(known.name, row.name) for known in await stored.listed(tx)):
        for number in range(1, SAME + 1):
            with suppress(UniqueViolation):
                async with tx.conn.transaction():
                    await stored.add(tx, replace(row, slug=numbered(row.slug, number)))
                return row.id
    words = f"A program '{registration.name}' is registered: use that one, or give this one a name of its own."
    raise Conflict(words, type="program-known", title="Program is registered")


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
