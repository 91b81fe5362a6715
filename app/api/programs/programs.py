"""Programs: registered, approved, with what they recognize and offer."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec
from fastapi import APIRouter

from app.access import tenants
from app.api.kit.body import SoundRoute
from app.api.kit.context import ProgramManager
from app.api.kit.idempotency import Creating
from app.api.kit.problem import problems
from app.api.programs.wire_programs import (
    DefinitionList,
    Offer,
    OfferBody,
    OfferList,
    PlaylistFile,
    Program,
    ProgramAchievement,
    ProgramAchievementBody,
    ProgramBody,
    ProgramDecision,
    ProgramList,
    Signer,
)
from app.db.access.access import Caller
from app.db.plans.plans import Signature
from app.errors import NotFound
from app.programs import catalogue, defining, definitions, offers, pictures, playlists, programs, rubric
from app.programs.catalogue import OpportunityRow
from app.programs.definitions import AchievementRow
from app.programs.programs import ProgramRow, Registration
from app.programs.rubric import Definition
from app.request import Inside

router = APIRouter(prefix="/v1", tags=["Programs"], route_class=SoundRoute)


@router.get("/programs", responses=problems())
async def list_programs(caller: ProgramManager, inside: Inside) -> ProgramList:
    """The district's programs, by name, also those that wait to be approved."""
    async with inside.db.transaction(caller.tenant) as tx:
        return ProgramList(programs=[_program(row) for row in await programs.listed(tx)])


@router.post("/programs", status_code=201, responses=problems(400, 409))
async def register_program(written: ProgramBody, caller: ProgramManager, inside: Inside, creating: Creating) -> Program:
    """Register a program. It can hand in once it is approved."""
    async with inside.db.transaction(caller.tenant) as tx:
        own = await creating.once(tx, caller, lambda: programs.register(tx, _read(written), datetime.now(UTC)))
        return _program(await programs.program_of(tx, UUID(own)))


@router.get("/programs/{program}", responses=problems(404))
async def read_program(program: UUID, caller: ProgramManager, inside: Inside) -> Program:
    """One program."""
    async with inside.db.transaction(caller.tenant) as tx:
        return _program(await programs.program_of(tx, program))


@router.put("/programs/{program}", responses=problems(400, 404))
async def edit_program(program: UUID, written: ProgramBody, caller: ProgramManager, inside: Inside) -> Program:
    """Say anew what a program is and what it may hand in; its state stays."""
    async with inside.db.transaction(caller.tenant) as tx:
        return _program(await programs.change(tx, program, _read(written), _by(caller)))


@router.post("/programs/{program}/decision", responses=problems(400, 404))
async def decide_program(program: UUID, decision: ProgramDecision, caller: ProgramManager, inside: Inside) -> Program:
    """Approve a program: it has a source in the record, and its issuers are known. Or end it.

    What was accepted of a program that is ended stands.
    """
    now = datetime.now(UTC)
    owner = await tenants.by_id(inside.db, caller.tenant)
    async with inside.db.transaction(caller.tenant) as tx:
        if decision.state == "ended":
            return _program(await programs.end(tx, program, decision.reason, _by(caller), now))
        row = await programs.approve(
            tx, inside.vault, inside.settings, owner=owner, program=program, by=_by(caller), now=now
        )
        return _program(row)


@router.get("/programs/{program}/achievements", responses=problems(404))
async def list_program_achievements(program: UUID, caller: ProgramManager, inside: Inside) -> DefinitionList:
    """What a program recognizes, each in its latest version."""
    async with inside.db.transaction(caller.tenant) as tx:
        await programs.program_of(tx, program)
        rows = await definitions.achievements(tx, program)
    return DefinitionList(achievements=[_definition(row) for row in rows])


@router.post("/programs/{program}/achievements", status_code=201, responses=problems(400, 404))
async def define_achievement(
    program: UUID, written: ProgramAchievementBody, caller: ProgramManager, inside: Inside, creating: Creating
) -> ProgramAchievement:
    """Define what a program recognizes: criteria, rubric, competencies, how many assess it, of what it is made."""
    now, by = datetime.now(UTC), Signature(written.writer.name, written.writer.role, _by(caller))
    definition = await _defined(written)
    async with inside.db.transaction(caller.tenant) as tx:
        own = await creating.once(tx, caller, lambda: defining.define(tx, inside, program, definition, by=by, now=now))
        return _definition(await definitions.achievement_of(tx, UUID(own)))


@router.put("/program-achievements/{achievement}", responses=problems(400, 404))
async def edit_achievement(
    achievement: UUID, written: ProgramAchievementBody, caller: ProgramManager, inside: Inside
) -> ProgramAchievement:
    """Write an achievement's next version. What was awarded by the one before stands as it was awarded."""
    now, by = datetime.now(UTC), Signature(written.writer.name, written.writer.role, _by(caller))
    definition = await _defined(written)
    async with inside.db.transaction(caller.tenant) as tx:
        return _definition(await defining.redefine(tx, inside, achievement, definition, by=by, now=now))


@router.delete("/program-achievements/{achievement}", status_code=204, responses=problems(404))
async def retire_achievement(achievement: UUID, caller: ProgramManager, inside: Inside) -> None:
    """Award an achievement no more: nothing new is handed in for it. What waits is decided, what was awarded stands.

    Writing its next version (`PUT`) brings it back.
    """
    by = Signature("API", "program manager", _by(caller))
    async with inside.db.transaction(caller.tenant) as tx:
        await definitions.retire(tx, achievement, by, datetime.now(UTC))


@router.get("/programs/{program}/opportunities", responses=problems(404))
async def list_opportunities(program: UUID, caller: ProgramManager, inside: Inside) -> OfferList:
    """What a program offers, the soonest first."""
    async with inside.db.transaction(caller.tenant) as tx:
        await programs.program_of(tx, program)
        rows = await catalogue.opportunities(tx, program)
    return OfferList(opportunities=[_offer(row) for row in rows])


@router.post("/programs/{program}/opportunities", status_code=201, responses=problems(400, 404))
async def offer_opportunity(
    program: UUID, written: OfferBody, caller: ProgramManager, inside: Inside, creating: Creating
) -> Offer:
    """Offer a project, an event, a playlist that leads to a badge, an internship or a passion project."""
    opportunity = msgspec.convert(written.model_dump(by_alias=True, exclude_none=True), offers.Offer)
    async with inside.db.transaction(caller.tenant) as tx:
        own = await creating.once(
            tx, caller, lambda: catalogue.offer(tx, program, opportunity, _by(caller), datetime.now(UTC))
        )
        return _offer(await catalogue.opportunity_of(tx, UUID(own)))


@router.post("/programs/{program}/playlists", responses=problems(400, 404))
async def import_playlists(program: UUID, document: PlaylistFile, caller: ProgramManager, inside: Inside) -> OfferList:
    """Offer playlists from a file as LRNG has them: experiences with requirements, which lead to a badge.

    A badge that the program does not have is defined. A playlist of the same title that goes on is changed.
    """
    by, now = Signature("API", "program manager", _by(caller)), datetime.now(UTC)
    async with inside.db.transaction(caller.tenant) as tx:
        entries = [
            await catalogue.take_playlist(tx, program, playlist, by, now, define_badge=True)
            for playlist in playlists.read(document.model_dump_json(exclude_none=True))
        ]
        rows = [await catalogue.opportunity_of(tx, entry.opportunity) for entry in entries]
    return OfferList(opportunities=[_offer(row) for row in rows])


@router.get("/opportunities/{opportunity}/playlist", responses=problems(404))
async def export_playlist(opportunity: UUID, caller: ProgramManager, inside: Inside) -> PlaylistFile:
    """A playlist as a file that can be imported again, here or elsewhere."""
    async with inside.db.transaction(caller.tenant) as tx:
        row = await catalogue.opportunity_of(tx, opportunity)
        badges = {
            achievement.id: rubric.read(achievement.body)
            for achievement in await definitions.achievements(tx, row.program_id)
        }
    if row.kind != "playlist":
        raise NotFound(f"No playlist {opportunity}.")
    return PlaylistFile.model_validate_json(playlists.written(offers.read(row.body), badges))


@router.put("/opportunities/{opportunity}", responses=problems(400, 404))
async def change_opportunity(opportunity: UUID, written: OfferBody, caller: ProgramManager, inside: Inside) -> Offer:
    """Say anew what is offered. What was handed in for it stands."""
    changed = msgspec.convert(written.model_dump(by_alias=True, exclude_none=True), offers.Offer)
    async with inside.db.transaction(caller.tenant) as tx:
        return _offer(await catalogue.change_offer(tx, opportunity, changed))


@router.delete("/opportunities/{opportunity}", status_code=204, responses=problems(404))
async def end_opportunity(opportunity: UUID, caller: ProgramManager, inside: Inside) -> None:
    """End an offer: the catalogue shows it no more. What was handed in for it stands."""
    async with inside.db.transaction(caller.tenant) as tx:
        await catalogue.end_offer(tx, opportunity, datetime.now(UTC))


def _by(caller: Caller) -> str:
    return f"client {caller.client}"


def _read(written: ProgramBody) -> Registration:
    return Registration(
        name=written.name,
        kind=written.kind,
        setting=written.setting,
        contact=written.contact,
        about=written.about,
        issuers=tuple(written.issuers),
        schools=tuple(written.schools),
        signs=written.signs,
        trusted=written.trusted,
    )


async def _defined(written: ProgramAchievementBody) -> Definition:
    image = await pictures.of_uri(written.image) if written.image else None
    body = written.model_dump(by_alias=True, exclude={"writer", "image"}, exclude_none=True)
    return msgspec.convert({**body, "image": image}, Definition)


def _program(row: ProgramRow) -> Program:
    return Program.model_validate(
        {
            "id": row.id,
            "slug": row.slug,
            "name": row.name,
            "kind": row.kind,
            "setting": row.setting,
            "contact": row.contact,
            "about": row.about,
            "issuers": row.issuers,
            "schools": row.schools,
            "signs": row.signs,
            "trusted": row.trusted,
            "state": row.state,
            "source": row.source_id,
            "decided_at": row.decided_at,
            "decided_by": row.decided_by,
            "reason": row.reason,
        }
    )


def _definition(row: AchievementRow) -> ProgramAchievement:
    body = msgspec.to_builtins(rubric.read(row.body))
    whole = {"kind": "Badge", "rubric": [], "competencies": [], "assessing": "one", "partial": False, **body}
    return ProgramAchievement.model_validate(
        {
            "creditRule": None,
            "image": None,
            "color": None,
            "icon": None,
            "parts": [],
            "tags": [],
            **whole,
            "id": row.id,
            "program": row.program_id,
            "version": row.version,
            "writer": Signer(name=row.name, role=row.role),
            "at": row.made_at,
        }
    )


def _offer(row: OpportunityRow) -> Offer:
    body = msgspec.to_builtins(offers.read(row.body))
    return Offer.model_validate({**body, "id": row.id, "program": row.program_id, "programName": row.program})
