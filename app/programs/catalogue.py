"""The catalogue: what programs offer, changed, ended, taken from files, and what of it goes on."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid4

from msgspec import structs

from app.db import Tx
from app.db.plans.plans import Signature
from app.db.programs import programs as stored
from app.db.programs.programs import OpportunityRow
from app.errors import Invalid, NotFound
from app.programs import definitions, offers, programs, rubric
from app.programs.offers import Offer
from app.programs.playlists import Playlist

__all__ = ["OpportunityRow"]


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


async def offer(tx: Tx, program: UUID, opportunity: Offer, by: str, now: datetime) -> UUID:
    """Something new that a program offers; its id. Invalid where it makes no sense."""
    await programs.program_of(tx, program)
    own = {row.id for row in await definitions.achievements(tx, program)}
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
    own = {achievement.id for achievement in await definitions.achievements(tx, row.program_id)}
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
    own = {rubric.read(row.body).name.casefold(): row.id for row in await definitions.achievements(tx, program)}
    known = own.get(badge.name.casefold()) if badge else None
    if badge and known is None and define_badge:
        known = await definitions.define(tx, program, badge.definition(), by, now)
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


async def _save_offer(tx: Tx, opportunity: UUID, changed: Offer) -> None:
    span = (changed.begins, changed.ends)
    await stored.save_opportunity(tx, opportunity, changed.kind, offers.written(changed), span)
