"""How interoperable this is: of the instance for everybody, and of a district for itself."""

import datetime as dt
from dataclasses import asdict

from fastapi import APIRouter

from app.api.kit.body import SoundRoute
from app.api.kit.context import SourceReader
from app.api.kit.problem import problems
from app.api.kit.wire_base import Wire
from app.request import Inside
from app.sources import interoperability

router = APIRouter(tags=["Sources"], route_class=SoundRoute)


class Standard(Wire):
    """A standard that is spoken here, which way, and what it was tested against."""

    name: str
    version: str
    direction: str
    tested: str


class Metric(Wire):
    """One of Project Unicorn's ten metrics, with its level from 1 to 4 (our own reading of the rubric) and evidence."""

    name: str
    level: int
    evidence: str
    next: str


class SourceSends(Wire):
    """What a source sends (statements by stream), omits and rejects, and when it comes."""

    slug: str
    name: str
    connector: str
    sends: dict[str, int]
    omits: list[str]
    rejects: dict[str, str]
    when: str
    last_at: dt.datetime | None


class InteroperabilityOffered(Wire):
    """What this instance offers to everybody."""

    rubric: str
    standards: list[Standard]
    metrics: list[Metric]


class Interoperability(InteroperabilityOffered):
    """The ten metrics of a district, and what each of its sources sends."""

    sources: list[SourceSends]


@router.get("/v1/interoperability", responses=problems())
async def read_interoperability(caller: SourceReader, inside: Inside) -> Interoperability:
    """Your district's ten metrics, worked out from what is configured and what came, and what each source sends."""
    async with inside.db.transaction(caller.tenant) as tx:
        measured = await interoperability.of_tenant(tx, inside.settings)
    return Interoperability(
        rubric=interoperability.RUBRIC,
        standards=[Standard(**asdict(each)) for each in interoperability.SPOKEN],
        metrics=[Metric(**asdict(each)) for each in measured.metrics],
        sources=[SourceSends(**asdict(each)) for each in measured.sources],
    )
