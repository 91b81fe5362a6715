"""A district with a framework and an approved program, and what is handed in there."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from app.db.access import tenants
from app.db.plans.plans import Signature
from app.frameworks.frameworks import import_package
from app.programs import definitions, programs, submitting
from app.programs.programs import Registration
from app.programs.rubric import Criterion, Definition, Level
from app.programs.submission import Artifact, Learner, Number, Submission
from app.start import Service
from tests.support.api import Api
from tests.support.competencies import shop
from tests.support.frameworks import ident

COORDINATOR = Signature("Sam Coordinator", "coordinator", "program robotics")
REVIEWER = Signature("Robin Reviewer", "reviewer", "client district")
SECOND = Signature("Kim Second", "reviewer", "client district")
THIRD = Signature("Alex Third", "reviewer", "client district")
LEVELS = (Level("Beginning", points=1), Level("Proficient", points=2), Level("Exemplary", points=3))
ROBOT = Definition(
    name="Robot builder",
    description="Builds a robot that follows a line.",
    criteria="The robot follows a line of tape once around, and its builder explains how.",
    rubric=(
        Criterion("cut", "Cuts parts", LEVELS, "Proficient", competencies=(UUID(ident("W.1")),)),
        Criterion("explain", "Explains the plan", LEVELS, "Proficient", competencies=(UUID(ident("P.2")),)),
    ),
)


@dataclass(frozen=True, slots=True)
class Club:
    """An approved program, and its achievement."""

    program: UUID
    achievement: UUID


def now() -> datetime:
    return datetime.now(UTC)


async def framework(api: Api) -> None:
    async with api.db.transaction(api.tenant) as tx:
        await import_package(tx, json.dumps(shop()).encode(), origin="test", base="https://x.org", at=now())


async def club(
    api: Api, definition: Definition = ROBOT, name: str = "Robotics Club", signs: programs.Signs = "district"
) -> Club:
    """A program that the district has approved, with one achievement."""
    await framework(api)
    service: Service = api.app.state.service
    owner = await tenants.by_id(api.db, api.tenant)
    assert owner is not None
    async with api.db.transaction(api.tenant) as tx:
        program = await programs.register(tx, Registration(name, signs=signs, contact="club@example.org"), now())
        achievement = await definitions.define(tx, program, definition, COORDINATOR, now())
        await programs.approve(tx, service.vault, service.settings, owner, program, "the district", now())
    return Club(program, achievement)


def robot(achievement: UUID | None = None, **fields: object) -> Submission:
    """What Ada handed in."""
    learner = Learner(name="Ada Sample", birth_date=date(2014, 5, 6), grade="07")
    whole = {
        "learner": learner,
        "title": "A robot that follows a line",
        "done": "Built the chassis and wrote the control loop.",
        "on": date(2026, 10, 3),
        "place": "Northside Library",
        "achievement": achievement,
        "evidence": (Artifact("link", "https://robotics.example.org/42"),),
        **fields,
    }
    return Submission(**whole)  # type: ignore[arg-type]


def numbered(value: str = "100482", name: str | None = "Ada Sample") -> Learner:
    """A learner with the district's number."""
    return Learner(name=name, numbers=(Number("district", value),))


async def handed_in(api: Api, club: Club, **fields: object) -> UUID:
    """A submission that waits; its id."""
    async with api.db.transaction(api.tenant) as tx:
        filled = robot(**{"achievement": club.achievement, **fields})  # type: ignore[arg-type]  # fields of a submission
        return (
            await submitting.submit(tx, club.program, filled, "form", COORDINATOR, now(), consent="a guardian")
        ).row.id
